"""User names, passwords and keys of vendors: from the environment or the system's keyring.

They never stand in a workbook, a setting, a log or an error.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

from prosperity.errors import SettingError

from prosperity_excel.vendors.protocol import failure, hide
from prosperity_excel.words.pair import Pair

#: The environment variables of each vendor that needs any, in the order in which it takes them.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "ifind": ("PROSPERITY_IFIND_USER", "PROSPERITY_IFIND_PASSWORD"),
    "fred": ("PROSPERITY_FRED_KEY",),
}
#: What a person calls each of them.
FIELDS: Mapping[str, Pair] = {
    "PROSPERITY_IFIND_USER": ("账号", "User name"),
    "PROSPERITY_IFIND_PASSWORD": ("密码", "Password"),
    "PROSPERITY_FRED_KEY": ("FRED API 密钥", "FRED API key"),
}
SERVICE = "prosperity"


def credentials(vendor: str, name: Pair) -> tuple[str, ...]:
    """Return what a vendor needs to let us in.

    Raises
    ------
    VendorError
        ``no_credentials`` when something is missing.
    """
    found = tuple(_one(variable) for variable in VARIABLES[vendor])
    if not all(found):
        raise failure("no_credentials", name, vendor)
    for secret in found:
        hide(secret)
    return found


def has_credentials(vendor: str) -> bool:
    """Whether all that a vendor needs is there."""
    return all(_one(variable) for variable in VARIABLES.get(vendor, ()))


def keep(variable: str, secret: str) -> None:
    """Keep a secret in the system's keyring.

    Raises
    ------
    SettingError
        ``no_keyring`` where there is none; the environment variable does then.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise _no_keyring(variable) from None
    try:
        keyring.set_password(SERVICE, variable, secret)
    except KeyringError:
        raise _no_keyring(variable) from None


def _no_keyring(variable: str) -> SettingError:
    return SettingError(
        "no_keyring",
        f"本机没有可用的系统钥匙串（需要 keyring）；请改用环境变量 {variable}。",
        f"There is no keyring on this machine (package keyring); set the environment variable "
        f"{variable} instead.",
    )


def forget(vendor: str) -> None:
    """Take a vendor's secrets out of the keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return
    for variable in VARIABLES.get(vendor, ()):
        with contextlib.suppress(KeyringError):
            keyring.delete_password(SERVICE, variable)


def secret_of(variable: str) -> str:
    """Return a secret of the environment or the keyring, hidden from now on; empty for none."""
    found = _one(variable)
    hide(found)
    return found


def _one(variable: str) -> str:
    given = os.environ.get(variable, "")
    if given:
        return given
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(SERVICE, variable) or ""
    except KeyringError:
        return ""
