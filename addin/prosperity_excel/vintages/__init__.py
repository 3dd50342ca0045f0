"""What a book held, and when: kept in an SQLite file beside it, so that revisions can be seen.

Values are kept with all that makes numbers of them: definitions, headers, settings and prices.
Each *vintage* is a whole state of the book, stored as what differs from the one before. So the
state on any day can be put together again (:mod:`~prosperity_excel.vintages.as_of` has the rule),
and a run as of that day uses what was there then.
"""

from __future__ import annotations

from prosperity_excel.files.places import SUFFIX, has_store, store_path, store_stamp
from prosperity_excel.vintages.answers import (
    answers,
    breaks,
    keep_answers,
    keep_breaks,
    keep_matches,
    matches,
)
from prosperity_excel.vintages.as_of import book_as_of, book_before, settings_on
from prosperity_excel.vintages.history import IMPORT, Vintage
from prosperity_excel.vintages.identity import history_left_behind
from prosperity_excel.vintages.keeping import (
    keep,
    keep_book,
    keep_opened,
    keep_seen,
    keep_workbook,
    not_kept,
)
from prosperity_excel.vintages.nowcasts import (
    Kept,
    Surprise,
    keep_nowcasts,
    kept_nowcasts,
    surprises,
)
from prosperity_excel.vintages.revised import (
    FactRevision,
    PriceRevision,
    Revision,
    fact_revisions,
    kept_prices,
    last_kept,
    price_revisions,
    revisions,
    vintages,
)

__all__ = [
    "IMPORT",
    "SUFFIX",
    "FactRevision",
    "Kept",
    "PriceRevision",
    "Revision",
    "Surprise",
    "Vintage",
    "answers",
    "book_as_of",
    "book_before",
    "breaks",
    "fact_revisions",
    "has_store",
    "history_left_behind",
    "keep",
    "keep_answers",
    "keep_book",
    "keep_breaks",
    "keep_matches",
    "keep_nowcasts",
    "keep_opened",
    "keep_seen",
    "keep_workbook",
    "kept_nowcasts",
    "kept_prices",
    "last_kept",
    "matches",
    "not_kept",
    "price_revisions",
    "revisions",
    "settings_on",
    "store_path",
    "store_stamp",
    "surprises",
    "vintages",
]
