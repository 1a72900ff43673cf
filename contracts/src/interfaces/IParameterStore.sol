// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Parameter store
/// @author mnft
/// @notice The numbers of the protocol that governance may change.
interface IParameterStore {
    /// @notice A parameter has a new value.
    /// @param key The parameter's name.
    /// @param previous The value until now.
    /// @param value The value from now on.
    event ParameterSet(bytes32 indexed key, uint256 previous, uint256 value);

    /// @notice No parameter has this name.
    /// @param key The name.
    error UnknownParameter(bytes32 key);

    /// @notice A value lies outside of what the deployment allows.
    /// @param key The parameter's name.
    /// @param value The value refused.
    /// @param lower The smallest allowed.
    /// @param upper The largest allowed.
    error ParameterOutOfBounds(bytes32 key, uint256 value, uint256 lower, uint256 upper);

    /// @notice Changes a value; only the timelock may.
    /// @param key The parameter's name.
    /// @param value The new value, within the bounds.
    function set(bytes32 key, uint256 value) external;

    /// @notice A parameter's current value.
    /// @param key The parameter's name.
    /// @return value The value, in the parameter's unit.
    function get(bytes32 key) external view returns (uint256 value);

    /// @notice What a parameter's value may be.
    /// @param key The parameter's name.
    /// @return lower The smallest allowed.
    /// @return upper The largest allowed.
    function bounds(bytes32 key) external view returns (uint256 lower, uint256 upper);
}
