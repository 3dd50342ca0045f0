"""What the extension is while LibreOffice runs: its settings, the interpreter, the documents."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Callable

import uno

from . import frames
from .child import Child
from .documents import Documents

ADD_IN = "com.sun.star.sheet.AddIn"
_LOCK = threading.Lock()


class Office:
    """One for the whole of LibreOffice, which is one process a user."""

    one = None  # type: Office | None

    def __init__(self, context: Any) -> None:
        from .functions import Calls

        self.context = context
        self.config = config()
        self.documents = Documents(context)
        self._serving = threading.local()
        hello = {
            "hello": frames.PROTOCOL,
            "version": self.config["version"],
            "profile": self._profile(),
        }
        # -I: neither the current folder nor anybody's own packages or variables count.
        command = [self.config["interpreter"], "-I", "-m", frames.SERVER]
        self.child = Child(command, hello, self._serve, self._say)
        self.calls = Calls(self)

    @classmethod
    def of(cls, context: Any) -> Office:
        """Return the one there is; the first call makes it."""
        with _LOCK:
            if cls.one is None:
                cls.one = cls(context)
            return cls.one

    def later(self, deed: Callable[[], Any]) -> None:
        """Do something in a thread of its own, once LibreOffice is at rest."""
        threading.Thread(target=deed, daemon=True).start()

    def _profile(self) -> str:
        """Return the folder of LibreOffice's user."""
        paths = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.util.PathSubstitution", self.context
        )
        return str(
            Path(uno.fileUrlToSystemPath(paths.getSubstituteVariableValue("$(user)"))).parent
        )

    def serving(self) -> bool:
        """Whether this thread is reading a document for the interpreter just now."""
        return bool(getattr(self._serving, "now", False))

    def _serve(self, message: dict[str, Any]) -> Any:
        self._serving.now = True
        try:
            return self.documents.serve(message)
        finally:
            self._serving.now = False

    def _say(self, text: Any) -> None:
        frame = self.documents.desktop().getCurrentFrame()
        if frame is None:
            return
        indicator = frame.createStatusIndicator()
        if text:
            indicator.start(str(text), 1)
        else:
            indicator.end()


def config() -> dict[str, Any]:
    """Return what was written into the extension when it was built."""
    file = Path(__file__).resolve().parents[2] / "config.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))
