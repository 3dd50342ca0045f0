"""The entries of menu and toolbar: each hands its press to the interpreter and shows what it says.

A press works in a thread of its own, so LibreOffice stays usable; dialogs are the main one's.
"""

from __future__ import annotations

import threading
from typing import Any, Callable

import uno
import unohelper
from com.sun.star.awt import XCallback
from com.sun.star.frame import (
    DispatchResultEvent,
    XDispatchProvider,
    XNotifyingDispatch,
)
from com.sun.star.lang import XInitialization, XServiceInfo
from com.sun.star.uno import Exception as UnoError

from .child import LONGEST, ChildError
from .running import Office

IMPLEMENTATION = "org.prosperity.calc.Commands"
PROTOCOL = "org.prosperity.calc:"
_HANDLER = "com.sun.star.frame.ProtocolHandler"
_BOX = "com.sun.star.awt.MessageBoxType"
#: Buttons of a message, and the answer yes.
_OK, _YES_NO, _YES = 1, 3, 2
#: File pickers: open several, save with a suffix.
_OPEN, _SAVE = 0, 10


class Commands(
    unohelper.Base, XInitialization, XServiceInfo, XDispatchProvider, XNotifyingDispatch
):
    """The handler of our menu's addresses."""

    def __init__(self, context: Any) -> None:
        self._context, self._office = context, Office.of(context)
        self._frame = None  # type: Any

    def initialize(self, given: Any) -> None:
        self._frame = given[0] if given else None

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return (_HANDLER, IMPLEMENTATION)

    def queryDispatch(self, url: Any, target: str, flags: int) -> Any:
        return self if url.Protocol == PROTOCOL else None

    def queryDispatches(self, requests: Any) -> Any:
        return tuple(self.queryDispatch(r.FeatureURL, r.FrameName, r.SearchFlags) for r in requests)

    def addStatusListener(self, listener: Any, url: Any) -> None:
        pass

    def removeStatusListener(self, listener: Any, url: Any) -> None:
        pass

    def dispatch(self, url: Any, given: Any) -> None:
        """Carry out an entry, and show what it says."""
        self._begin(url.Path, given, lambda text: self._later(lambda: self._show(text)))

    def dispatchWithNotification(self, url: Any, given: Any, listener: Any) -> None:
        """Carry out an entry, and tell the listener what it says in place of a dialog."""

        def tell(text: str) -> None:
            if listener is not None:
                listener.dispatchFinished(DispatchResultEvent(self, 1, text))

        if any(one.Name == "Quiet" for one in given):
            self._begin(url.Path, given, tell, quiet=True)
        else:
            self.dispatch(url, given)
            tell("")

    def _begin(
        self, action: str, given: Any, tell: Callable[[str], None], quiet: bool = False
    ) -> None:
        told = {one.Name: str(one.Value) for one in given}
        known = self._office.config["commands"].get(action)
        if known is None:
            return
        text = told.get("Given")
        if text is None and known["asks"] and not quiet:
            text = self._ask(known)
            if text is None:
                return
        document = None if self._frame is None else self._frame.Controller.Model
        arguments = (action, known, text or "", told.get("Agreed", ""), document, tell, quiet)
        threading.Thread(target=self._work, args=arguments, daemon=True).start()

    def _work(
        self, action: str, known: Any, given: str, agreed: str, document: Any,
        tell: Callable[[str], None], quiet: bool,
    ) -> None:  # fmt: skip
        try:
            book = None if document is None else self._office.documents.told(document)
            message = {"press": action, "given": given, "agreed": agreed, "book": book}
            said, question = self._office.child.ask(message, LONGEST)
            if not question and known["recalculates"] and document is not None:
                self._office.calls.refresh()
                document.calculateAll()
        except ChildError as error:
            said, question = "%s\n%s" % (error.zh, error.en), ""
        except UnoError as error:  # the document was closed meanwhile
            said, question = str(error.Message), ""
        if not question or quiet:
            tell(question or said)
        else:
            self._later(lambda: self._question(action, known, given, question, document, tell))

    def _question(
        self, action: str, known: Any, given: str, question: str, document: Any,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        if self._show(question, _YES_NO) == _YES:
            arguments = (action, known, given, question, document, tell, False)
            threading.Thread(target=self._work, args=arguments, daemon=True).start()

    # --- dialogs, in the main thread

    def _later(self, deed: Callable[[], Any]) -> None:
        caller = self._make("com.sun.star.awt.AsyncCallback")
        caller.addCallback(_Deed(deed), None)

    def _make(self, name: str) -> Any:
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)

    def _show(self, text: str, buttons: int = _OK) -> int:
        if not text:
            return 0
        toolkit = self._make("com.sun.star.awt.Toolkit")
        window = None if self._frame is None else self._frame.ContainerWindow
        kind = uno.Enum(_BOX, "INFOBOX" if buttons == _OK else "QUERYBOX")
        box = toolkit.createMessageBox(window, kind, buttons, "景气度 Prosperity", text)
        try:
            return int(box.execute())
        finally:
            box.dispose()

    def _ask(self, known: Any) -> str | None:
        """Ask for files or a folder; None when nobody chose any."""
        asks = known["asks"]
        if asks == "folder":
            picker = self._make("com.sun.star.ui.dialogs.FolderPicker")
            return uno.fileUrlToSystemPath(picker.getDirectory()) if picker.execute() else None
        picker = self._make("com.sun.star.ui.dialogs.FilePicker")
        if asks == "open_files":
            picker.initialize((_OPEN,))
            picker.setMultiSelectionMode(True)
        else:
            suffix = "pdf" if asks == "save_pdf" else "xlsx"
            picker.initialize((_SAVE,))
            picker.appendFilter(suffix.upper(), "*." + suffix)
            picker.setDefaultName("report." + suffix)
        if not picker.execute():
            return None
        return "\n".join(uno.fileUrlToSystemPath(one) for one in picker.getSelectedFiles())


class _Deed(unohelper.Base, XCallback):
    def __init__(self, deed: Callable[[], Any]) -> None:
        self._deed = deed

    def notify(self, given: Any) -> None:
        self._deed()
