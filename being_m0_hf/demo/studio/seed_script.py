"""Seeds are drawn in the visitor's browser, so that the seed on the page is always that of the motion on the stage."""

#: Of JavaScript: a new seed.
NEW_SEED = "Math.floor(Math.random() * 1000000)"
#: Of JavaScript, where ``seed`` and ``renew`` are the page's: the seed to go with a request.
SEED_TO_USE = f"(renew ? {NEW_SEED} : seed)"
