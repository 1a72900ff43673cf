// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock
/// @author mnft
/// @notice What governance decided waits here; the governor proposes and cancels, anyone executes, nobody administers.
contract Timelock is TimelockController {
    /// @notice Gives the governor its roles and opens execution to everybody.
    /// @param governor The only proposer and canceller.
    /// @param delaySeconds How long an operation waits at least.
    constructor(
        address governor,
        uint256 delaySeconds
    ) TimelockController(delaySeconds, _one(governor), _one(address(0)), address(0)) {}

    function _one(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
