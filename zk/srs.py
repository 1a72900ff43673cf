"""
A structured reference string made here, the same on every machine.

Its secret follows from a public label, so anyone can forge proofs under it: it is fit for
simulation, where equal digests on every machine matter more, and for nothing else.
The file has halo2's raw layout: log size, powers, Lagrange basis, generator and secret in G2,
each coordinate in Montgomery form, little endian.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from zk.field import SCALAR_MODULUS
from zk.points import BASE_MODULUS

_LABEL = b"model-nft local structured reference string 1"
_SECRET = int.from_bytes(sha256(_LABEL).digest() + sha256(_LABEL[::-1]).digest(), "big")
_MONTGOMERY = (1 << 256) % BASE_MODULUS
_MULTIPLICATIVE_GENERATOR = 7
_WINDOW_BITS = 10
_WINDOWS = -(-254 // _WINDOW_BITS)
_GENERATOR = (1, 2)
# EIP-197's generator of G2, each coordinate as real and imaginary part.
_G2 = (
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)

Point = tuple[int, int]
Complex = tuple[int, int]
TwistPoint = tuple[Complex, Complex]


def local_srs(logrows: int) -> bytes:
    """Return the file content for circuits of 2 ** logrows rows."""
    secret = _SECRET % SCALAR_MODULUS
    size = 1 << logrows
    powers = [1]
    for _ in range(size - 1):
        powers.append(powers[-1] * secret % SCALAR_MODULUS)
    scalars = powers + _lagrange_at(secret, logrows)
    points = _multiples_of_generator(scalars)
    parts = [logrows.to_bytes(4, "little")]
    parts += [_raw(coordinate) for point in points for coordinate in point]
    for twist_point in (_G2, _multiply_twist(_G2, secret)):
        parts += [_raw(part) for coordinate in twist_point for part in coordinate]
    return b"".join(parts)


def _raw(coordinate: int) -> bytes:
    return (coordinate * _MONTGOMERY % BASE_MODULUS).to_bytes(32, "little")


def _lagrange_at(secret: int, logrows: int) -> list[int]:
    """Return every Lagrange polynomial of the domain at the secret: w^i (s^n-1) / (n (s-w^i))."""
    size = 1 << logrows
    root = pow(_MULTIPLICATIVE_GENERATOR, (SCALAR_MODULUS - 1) >> logrows, SCALAR_MODULUS)
    # halo2 takes the root of the largest domain and squares it down: the same root.
    domain = [1]
    for _ in range(size - 1):
        domain.append(domain[-1] * root % SCALAR_MODULUS)
    factor = (pow(secret, size, SCALAR_MODULUS) - 1) * pow(size, -1, SCALAR_MODULUS)
    inverses = _inverses([secret - element for element in domain], SCALAR_MODULUS)
    return [
        factor * element * inverse % SCALAR_MODULUS
        for element, inverse in zip(domain, inverses, strict=True)
    ]


def _inverses(numbers: Sequence[int], modulus: int) -> list[int]:
    """Return all inverses for the price of one (Montgomery's trick); no number may be 0."""
    products = [1]
    for number in numbers:
        products.append(products[-1] * number % modulus)
    running = pow(products.pop(), -1, modulus)
    inverses = []
    for number in reversed(numbers):
        inverses.append(running * products.pop() % modulus)
        running = running * number % modulus
    inverses.reverse()
    return inverses


def _add_all(left: Sequence[Point], right: Sequence[Point]) -> list[Point]:
    """Return the sums of pairs of points with different x."""
    modulus = BASE_MODULUS
    inverses = _inverses([b[0] - a[0] for a, b in zip(left, right, strict=True)], modulus)
    sums = []
    for (x1, y1), (x2, y2), inverse in zip(left, right, inverses, strict=True):
        slope = (y2 - y1) * inverse % modulus
        x3 = (slope * slope - x1 - x2) % modulus
        sums.append((x3, (slope * (x1 - x3) - y1) % modulus))
    return sums


def _double(point: Point) -> Point:
    x, y = point
    slope = 3 * x * x * pow(2 * y, -1, BASE_MODULUS) % BASE_MODULUS
    x3 = (slope * slope - 2 * x) % BASE_MODULUS
    return x3, (slope * (x - x3) - y) % BASE_MODULUS


def _window_tables() -> Iterator[list[Point]]:
    """Yield, per window of bits from the lowest, the multiples 1, 2, 3, … of its unit."""
    units = [_GENERATOR]
    for _ in range(_WINDOWS - 1):
        unit = units[-1]
        for _ in range(_WINDOW_BITS):
            unit = _double(unit)
        units.append(unit)
    multiples = [units, [_double(unit) for unit in units]]
    for _ in range((1 << _WINDOW_BITS) - 3):
        multiples.append(_add_all(multiples[-1], units))
    for window in range(_WINDOWS):
        yield [row[window] for row in multiples]


def _multiples_of_generator(scalars: Sequence[int]) -> list[Point]:
    """Return scalar * generator for each scalar, none of which may be 0."""
    sums: list[Point | None] = [None] * len(scalars)
    for window, table in enumerate(_window_tables()):
        shift = window * _WINDOW_BITS
        mask = (1 << _WINDOW_BITS) - 1
        places, left, right = [], [], []
        for place, scalar in enumerate(scalars):
            digit = scalar >> shift & mask
            if not digit:
                continue
            current = sums[place]
            if current is None:
                sums[place] = table[digit - 1]
            else:
                places.append(place)
                left.append(current)
                right.append(table[digit - 1])
        for place, total in zip(places, _add_all(left, right), strict=True):
            sums[place] = total
    return [point for point in sums if point is not None]


def _times(a: Complex, b: Complex) -> Complex:
    return (
        (a[0] * b[0] - a[1] * b[1]) % BASE_MODULUS,
        (a[0] * b[1] + a[1] * b[0]) % BASE_MODULUS,
    )


def _minus(a: Complex, b: Complex) -> Complex:
    return (a[0] - b[0]) % BASE_MODULUS, (a[1] - b[1]) % BASE_MODULUS


def _over(a: Complex, b: Complex) -> Complex:
    norm = pow(b[0] * b[0] + b[1] * b[1], -1, BASE_MODULUS)
    return _times(a, (b[0] * norm % BASE_MODULUS, -b[1] * norm % BASE_MODULUS))


def _add_twist(p: TwistPoint, q: TwistPoint) -> TwistPoint:
    if p == q:
        square = _times(p[0], p[0])
        slope = _over((3 * square[0], 3 * square[1]), (2 * p[1][0], 2 * p[1][1]))
    else:
        slope = _over(_minus(q[1], p[1]), _minus(q[0], p[0]))
    x = _minus(_minus(_times(slope, slope), p[0]), q[0])
    return x, _minus(_times(slope, _minus(p[0], x)), p[1])


def _multiply_twist(point: TwistPoint, scalar: int) -> TwistPoint:
    total = point
    for bit in f"{scalar:b}"[1:]:
        total = _add_twist(total, total)
        if bit == "1":
            total = _add_twist(total, point)
    return total
