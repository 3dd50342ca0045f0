"""What is said of a book that was refreshed."""

from __future__ import annotations

from prosperity_excel import vintages
from prosperity_excel.results.refresh import Refreshed
from prosperity_excel.results.unchanged import unchanged
from prosperity_excel.words.tongue import spoken


def outcome(done: Refreshed) -> str:
    """Say in a line what became of a book."""
    if not done.changed or done.backup is None:
        return unchanged(done.path)
    name = done.backup.name
    return f"{done.path}: " + spoken(
        f"已写入，备份 {name}（恢复：prosperity restore）。",
        f"Written, copy: {name} (to undo: prosperity restore).",
    )


def said_of(done: Refreshed) -> list[str]:
    """Return what a user should know of how a book was written."""
    said = []
    if done.due_left is not None:
        left = done.due_left
        said.append(
            spoken(
                f"注意：due 表没有更新：{left.zh}", f"Warning: sheet due was not renewed: {left.en}"
            )
        )
    if done.unkept is not None:
        zh, en = vintages.not_kept(done.unkept)
        said.append(spoken(f"注意：{zh}", f"Warning: {en}"))
    if done.added:
        names = ", ".join(done.added)
        said.append(spoken(f"说明：新增工作表 {names}。", f"Sheets added: {names}."))
    if done.unsigned:
        said.append(
            spoken(
                "注意：工作簿的数字签名不再有效，需要重新签名（宏的签名不受影响）。",
                "Warning: the book's digital signature no longer fits; sign it again. (The macros' "
                "signature is untouched.)",
            )
        )
    return said
