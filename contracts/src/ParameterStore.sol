// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OnlyTimelock} from "./interfaces/Errors.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";

/// @title Parameter store
/// @author mnft
/// @notice The numbers of the protocol that governance may change, each within bounds fixed at deployment.
contract ParameterStore is IParameterStore {
    struct Entry {
        uint256 value;
        uint256 lower;
        uint256 upper;
        bool known;
    }

    address private immutable _TIMELOCK;
    mapping(bytes32 key => Entry entry) private _entries;

    /// @notice Fixes the names, the first values and the bounds of all parameters.
    /// @param timelock The only account that may change a value later.
    /// @param keys The names, ASCII, right-padded.
    /// @param values The first values.
    /// @param lowers The lower bounds, inclusive.
    /// @param uppers The upper bounds, inclusive.
    constructor(
        address timelock,
        bytes32[] memory keys,
        uint256[] memory values,
        uint256[] memory lowers,
        uint256[] memory uppers
    ) {
        _TIMELOCK = timelock;
        for (uint256 i = 0; i < keys.length; ++i) {
            _requireWithin(keys[i], values[i], lowers[i], uppers[i]);
            _entries[keys[i]] = Entry(values[i], lowers[i], uppers[i], true);
        }
    }

    /// @inheritdoc IParameterStore
    function set(bytes32 key, uint256 value) external {
        require(msg.sender == _TIMELOCK, OnlyTimelock(msg.sender));
        Entry storage entry = _known(key);
        _requireWithin(key, value, entry.lower, entry.upper);

        uint256 previous = entry.value;
        entry.value = value;
        emit ParameterSet(key, previous, value);
    }

    /// @inheritdoc IParameterStore
    function get(bytes32 key) external view returns (uint256 value) {
        return _known(key).value;
    }

    /// @inheritdoc IParameterStore
    function bounds(bytes32 key) external view returns (uint256 lower, uint256 upper) {
        Entry storage entry = _known(key);
        return (entry.lower, entry.upper);
    }

    function _known(bytes32 key) private view returns (Entry storage entry) {
        entry = _entries[key];
        require(entry.known, UnknownParameter(key));
    }

    function _requireWithin(bytes32 key, uint256 value, uint256 lower, uint256 upper) private pure {
        require(lower <= value && value <= upper, ParameterOutOfBounds(key, value, lower, upper));
    }
}
