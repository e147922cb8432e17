() => {
  // On a phone the keyboard would stay over the body that is about to move.
  document.addEventListener("keyup", (event) => {
    if (event.key === "Enter" && matchMedia("(pointer: coarse)").matches) document.activeElement?.blur();
  });
  // Gradio 6.31 knows this address but does not load what it should show; its own button does.
  if (new URLSearchParams(location.search).get("view") === "api") {
    const button = document.querySelector("footer .show-api");
    button?.click(); // it counts as open: this closes it
    setTimeout(() => button?.click());
  }
}
