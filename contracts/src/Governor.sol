// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Governor as OpenZeppelinGovernor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IParameterStore} from "./interfaces/IParameterStore.sol";

/// @title Governor
/// @author mnft
/// @notice Token holders decide on the numbers of the parameter store, and on nothing else.
contract Governor is
    OpenZeppelinGovernor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl
{
    address private immutable _PARAMETER_STORE;

    /// @notice A proposal may only call `ParameterStore.set`, without value.
    /// @param target What the proposal calls.
    /// @param selector The function that it calls.
    error ActionOutOfScope(address target, bytes4 selector);

    /// @notice Fixes the rules of voting.
    /// @param votes The token whose delegated balances are votes.
    /// @param parameterStore The only contract that proposals may call.
    /// @param timelockController Where accepted proposals wait.
    /// @param delaySeconds From a proposal to its snapshot.
    /// @param periodSeconds From the snapshot to the vote's end.
    /// @param threshold Votes needed to propose.
    /// @param quorumPercent Share of the supply that must vote for or abstain.
    constructor(
        IVotes votes,
        address parameterStore,
        TimelockController timelockController,
        uint48 delaySeconds,
        uint32 periodSeconds,
        uint256 threshold,
        uint256 quorumPercent
    )
        OpenZeppelinGovernor("MnftGovernor")
        GovernorSettings(delaySeconds, periodSeconds, threshold)
        GovernorVotes(votes)
        GovernorVotesQuorumFraction(quorumPercent)
        GovernorTimelockControl(timelockController)
    {
        _PARAMETER_STORE = parameterStore;
    }

    /// @notice Where a proposal stands, with what happened on the timelock itself.
    /// @param proposalId The proposal.
    /// @return The state.
    function state(
        uint256 proposalId
    ) public view override(OpenZeppelinGovernor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @notice Whether a proposal must wait in the timelock: always.
    /// @param proposalId The proposal.
    /// @return True.
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(OpenZeppelinGovernor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @notice Votes needed to propose.
    /// @return The votes, in the token's smallest unit.
    function proposalThreshold() public view override(OpenZeppelinGovernor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256 proposalId) {
        // First the library's own checks, which also make sure that the lists are equally long.
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        for (uint256 i = 0; i < targets.length; ++i) {
            bytes4 selector = bytes4(calldatas[i]);
            require(
                targets[i] == _PARAMETER_STORE && selector == IParameterStore.set.selector && values[i] == 0,
                ActionOutOfScope(targets[i], selector)
            );
        }
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(OpenZeppelinGovernor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(OpenZeppelinGovernor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(OpenZeppelinGovernor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(OpenZeppelinGovernor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
