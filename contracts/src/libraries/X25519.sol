// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title X25519
/// @author mnft
/// @notice Secrets that two key pairs share (RFC 7748), and the pads that are made of them (HKDF, RFC 5869).
/// @dev Nothing here is secret by the time it is computed on chain, so time may depend on the scalar.
library X25519 {
    uint256 private constant _PRIME = 2 ** 255 - 19;
    uint256 private constant _A24 = 121_665;
    /// @notice The base point, u = 9, as its bytes stand.
    bytes32 internal constant BASE = bytes32(uint256(9) << 248);

    /// @notice The product of a point and a scalar.
    /// @param scalar The private key, 32 bytes as RFC 7748 has them.
    /// @param point The u-coordinate of the other public key, or the base.
    /// @return product The u-coordinate of the product.
    function multiply(bytes32 scalar, bytes32 point) internal view returns (bytes32 product) {
        uint256 factor = _reversed(uint256(scalar));
        factor = (factor & ~uint256(7) & (2 ** 255 - 1)) | 2 ** 254;
        (uint256 x, uint256 z) = _ladder(factor, (_reversed(uint256(point)) & (2 ** 255 - 1)) % _PRIME);
        return bytes32(_reversed(mulmod(x, Math.invModPrime(z, _PRIME), _PRIME)));
    }

    /// @notice The 32 bytes that a shared secret gives for one purpose: HKDF-SHA-256 without salt.
    /// @param secret The shared secret.
    /// @param purpose What the bytes are for.
    /// @return pad The bytes.
    function derive(bytes32 secret, bytes memory purpose) internal pure returns (bytes32 pad) {
        return _hmac(_hmac(0, abi.encode(secret)), bytes.concat(purpose, hex"01"));
    }

    function _ladder(uint256 factor, uint256 point) private pure returns (uint256 x, uint256 z) {
        x = 1;
        uint256 nextX = point;
        uint256 nextZ = 1;
        // (x : z) is k times the point and (nextX : nextZ) is k + 1 times, for the bits k that were read.
        for (uint256 bit = 2 ** 254; bit > 0; bit >>= 1) {
            (uint256 sumX, uint256 sumZ) = _sum(x, z, nextX, nextZ, point);
            if (factor & bit == 0) {
                (x, z) = _double(x, z);
                (nextX, nextZ) = (sumX, sumZ);
            } else {
                (nextX, nextZ) = _double(nextX, nextZ);
                (x, z) = (sumX, sumZ);
            }
        }
    }

    function _double(uint256 x, uint256 z) private pure returns (uint256 doubleX, uint256 doubleZ) {
        uint256 sum = addmod(x, z, _PRIME);
        uint256 difference = addmod(x, _PRIME - z, _PRIME);
        uint256 a = mulmod(sum, sum, _PRIME);
        uint256 b = mulmod(difference, difference, _PRIME);
        uint256 e = addmod(a, _PRIME - b, _PRIME);
        return (mulmod(a, b, _PRIME), mulmod(e, addmod(a, mulmod(_A24, e, _PRIME), _PRIME), _PRIME));
    }

    function _sum(uint256 x, uint256 z, uint256 nextX, uint256 nextZ, uint256 point)
        private
        pure
        returns (uint256 sumX, uint256 sumZ)
    {
        uint256 a = mulmod(addmod(nextX, _PRIME - nextZ, _PRIME), addmod(x, z, _PRIME), _PRIME);
        uint256 b = mulmod(addmod(nextX, nextZ, _PRIME), addmod(x, _PRIME - z, _PRIME), _PRIME);
        sumX = addmod(a, b, _PRIME);
        sumZ = addmod(a, _PRIME - b, _PRIME);
        return (mulmod(sumX, sumX, _PRIME), mulmod(point, mulmod(sumZ, sumZ, _PRIME), _PRIME));
    }

    function _hmac(bytes32 key, bytes memory message) private pure returns (bytes32 code) {
        uint256 ones = type(uint256).max / 255;
        bytes memory inner = abi.encode(uint256(key) ^ (ones * 0x36), ones * 0x36);
        bytes memory outer = abi.encode(uint256(key) ^ (ones * 0x5c), ones * 0x5c);
        return sha256(bytes.concat(outer, sha256(bytes.concat(inner, message))));
    }

    // The curve's numbers begin with their lowest byte.
    function _reversed(uint256 value) private pure returns (uint256 reversed) {
        for (uint256 i = 0; i < 32; ++i) {
            reversed = (reversed << 8) | (value & 0xff);
            value >>= 8;
        }
    }
}
