"""Write the golden reports anew: ``python -m tests.golden``."""

from tests import golden

for language in golden.LANGUAGES:
    golden.write(language, golden.FOLDER / f"report_{language}.xlsx")
