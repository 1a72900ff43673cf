"""The rules are pure: integers, no rounding but by name, no outside world, no chance order."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "protocol").rglob("*.py"))
# Each would let in a float, the outside world, or an order that differs between processes.
FORBIDDEN_CALLS = frozenset(
    {"breakpoint", "eval", "exec", "float", "hash", "id", "input", "open", "print", "round"}
)
# The hash of a refusal is Python's own protocol, and tables are told apart by identity: neither
# reaches a result.
EXCUSED = frozenset(
    {("protocol/types.py", "hash"), ("protocol/journal.py", "id"), ("protocol/contract.py", "id")}
)
SET_MAKERS = frozenset({"set", "frozenset"})


def impurities(source: str, name: str) -> Iterator[str]:
    tree = ast.parse(source)
    sets = set_names(tree)
    for node in ast.walk(tree):
        found = outside_world(node, name) or order_of_a_set(node, sets)
        if found:
            yield f"line {getattr(node, 'lineno', '?')}: {found}"


def outside_world(node: ast.AST, name: str) -> str:
    match node:
        case ast.Constant(value=float() | complex()):
            return f"the number {node.value}"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return "true division"
        case ast.Call(func=ast.Name(id=called)) if called in FORBIDDEN_CALLS:
            return "" if (name, called) in EXCUSED else f"{called}()"
    return ""


def order_of_a_set(node: ast.AST, sets: frozenset[str]) -> str:
    match node:
        case ast.For(iter=given) | ast.comprehension(iter=given) | ast.Starred(value=given):
            return "iteration over a set" if is_set(given, sets) else ""
        case ast.Call(func=ast.Name(id="list" | "tuple" | "enumerate" | "iter"), args=[given]):
            return "a set put in order" if is_set(given, sets) else ""
    return ""


def set_names(tree: ast.AST) -> frozenset[str]:
    """Return the names that are declared or assigned as sets anywhere in a module."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if is_set(value, frozenset()):
                found |= {last_name(target) for target in targets}
            case ast.AnnAssign(target=target, annotation=annotation) if is_set_type(annotation):
                found.add(last_name(target))
            case ast.arg(arg=argument, annotation=ast.expr() as annotation):
                if is_set_type(annotation):
                    found.add(argument)
            case _:
                pass
    return frozenset(found) - {""}


def last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def is_set_type(annotation: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id in {*SET_MAKERS, "AbstractSet"}
        for node in ast.walk(annotation)
        if annotation is node or not isinstance(annotation, ast.Subscript)
    ) or (isinstance(annotation, ast.Subscript) and last_name(annotation.value) in SET_MAKERS)


def is_set(node: ast.expr, sets: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=made)):
            return made in SET_MAKERS
        case ast.BinOp(left=left, right=right, op=ast.BitOr() | ast.BitAnd() | ast.Sub()):
            return is_set(left, sets) or is_set(right, sets)
    return last_name(node) in sets


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_of_the_rules_is_pure(module: Path) -> None:
    name = module.relative_to(ROOT).as_posix()

    assert list(impurities(module.read_text(encoding="utf-8"), name)) == []


@pytest.mark.parametrize(
    "line",
    [
        "fee = 0.025",
        "fee = amount / 40",
        "amount /= 2",
        "fee = round(amount)",
        "print(amount)",
        "open('prices')",
        "for each in {1, 2}: pass",
        "keys = set()\nfor key in keys: pass",
        "def pay(accounts: set[str]): return [each for each in accounts]",
        "class Book:\n  keys: frozenset[str]\n  def all(self): return tuple(self.keys)",
    ],
)
def test_an_impurity_is_found(line: str) -> None:
    assert list(impurities(line, "example"))


@pytest.mark.parametrize(
    "line",
    ["fee = amount // 40", "for each in sorted({1, 2}): pass", "known = each in {1, 2}"],
)
def test_what_is_pure_passes(line: str) -> None:
    assert list(impurities(line, "example")) == []
