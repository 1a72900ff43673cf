"""Values given on the command line instead of in the scenario file."""

from collections.abc import Mapping, Sequence

from sim.errors import UserError


def overrides_from(
    settings: Sequence[str], options: Mapping[str, str | int | None]
) -> dict[str, str]:
    """
    Return key and text of each `KEY=VALUE` and of each option that was given.

    Raises UserError for a text without `=` and for a key given twice.
    """
    overrides: dict[str, str] = {}
    given = [(key, str(value)) for key, value in options.items() if value is not None]
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise UserError(f"--set {setting}", "there is no `=`", "KEY=VALUE", "E120")
        given.append((key.strip(), value))
    for key, value in given:
        if key in overrides:
            raise UserError(f"--set {key}", "given twice", "one value per key", "E120")
        overrides[key] = value
    return overrides
