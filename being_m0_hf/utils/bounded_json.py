"""JSON of strangers: one error for all that can be wrong, and no more values than a machine can hold."""

import json


def read_json(data: bytes | str, most: int = 10_000_000):
    """What the JSON says.

    Args:
        data: UTF-8 bytes or text.
        most: of values that it may hold; every one takes tens of bytes, however short it is written.

    Raises:
        ValueError: no JSON, nested too deeply, too many values, or numbers of thousands of digits; one line.
    """
    if isinstance(data, bytes):
        values = sum(data.count(mark) for mark in (b",", b"[", b"{", b":"))
    else:
        values = sum(data.count(mark) for mark in (",", "[", "{", ":"))
    if values > most:
        raise ValueError(f"holds more than {most:,} values")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())[:100]) from None


def is_writable(text: str) -> bool:
    """Whether a text can be written as UTF-8: JSON may hold halves of characters (lone surrogates), files may not."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
