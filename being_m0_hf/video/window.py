"""A window that shows pictures, where there is a screen. Tk comes with Python."""

from typing import Any

from PIL import Image

LARGEST = 1200


class PreviewWindow:
    """Shows the newest picture until somebody closes it; see `open_window`."""

    def __init__(self, root: Any, label: Any) -> None:
        self._root, self._label = root, label
        self._shown: Any = None
        self.is_open = True
        root.protocol("WM_DELETE_WINDOW", self.close)
        for key in ("q", "<Escape>"):
            root.bind(key, lambda _: self.close())

    def show(self, picture: Image.Image) -> None:
        """Show a picture; nothing once the window is closed."""
        if not self.is_open:
            return
        from PIL import ImageTk

        picture.thumbnail((LARGEST, LARGEST))
        self._shown = ImageTk.PhotoImage(picture, master=self._root)  # Tk itself does not keep it
        self._label.configure(image=self._shown)
        self._root.update()

    def close(self) -> None:
        """Close the window; again does nothing."""
        if self.is_open:
            self.is_open = False
            self._root.destroy()


def open_window(title: str) -> PreviewWindow | None:
    """A window, or None where there is no screen or no Tk."""
    try:
        import tkinter

        root = tkinter.Tk()
    except (ImportError, RuntimeError):
        return None
    except Exception as error:  # tkinter.TclError, which cannot be named where tkinter is missing
        if type(error).__name__ != "TclError":
            raise
        return None
    root.title(title)
    label = tkinter.Label(root)
    label.pack()
    return PreviewWindow(root, label)


__all__ = ["PreviewWindow", "open_window"]
