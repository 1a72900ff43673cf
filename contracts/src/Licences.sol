// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {UnknownLicence} from "./interfaces/Errors.sol";
import {ILicences} from "./interfaces/ILicences.sol";

/// @title Licences
/// @author mnft
/// @notice Machine-readable terms, immutable once created.
contract Licences is ILicences {
    uint16 private constant _BPS = 10_000;
    uint8 private constant _DERIVATIVES_FREE = 2;

    uint8 private constant _ALLOWED = 0;
    uint8 private constant _REFUSED_COMMERCIAL_USE = 1;
    uint8 private constant _REFUSED_TERRITORY = 2;
    uint8 private constant _REFUSED_USE_CASE = 3;
    uint8 private constant _REFUSED_DERIVATIVES = 4;
    uint8 private constant _REFUSED_ATTRIBUTION = 5;

    uint256 private _count;
    mapping(uint256 licenceId => Terms terms) private _terms;

    /// @inheritdoc ILicences
    function create(Terms calldata terms) external returns (uint256 licenceId) {
        require(terms.derivatives <= _DERIVATIVES_FREE, InvalidDerivatives(terms.derivatives));
        require(terms.minimumRoyaltyBps <= _BPS, RoyaltyAboveWhole(terms.minimumRoyaltyBps));

        licenceId = ++_count;
        _terms[licenceId] = terms;
        emit LicenceCreated(licenceId, msg.sender, terms);
    }

    /// @inheritdoc ILicences
    function termsOf(uint256 licenceId) external view returns (Terms memory terms) {
        return _known(licenceId);
    }

    /// @inheritdoc ILicences
    function count() external view returns (uint256 licences) {
        return _count;
    }

    /// @inheritdoc ILicences
    function check(
        uint256 licenceId,
        bool commercial,
        uint8 territory,
        uint8 useCase
    ) external view returns (uint8 reason) {
        Terms storage terms = _known(licenceId);
        if (commercial && !terms.commercialUse) return _REFUSED_COMMERCIAL_USE;
        if ((terms.territories >> territory) & 1 == 0) return _REFUSED_TERRITORY;
        if ((terms.useCases >> useCase) & 1 == 0) return _REFUSED_USE_CASE;
        return _ALLOWED;
    }

    /// @inheritdoc ILicences
    function exceeds(uint256 licenceId, uint256 limitId) external view returns (uint8 reason) {
        Terms storage terms = _known(licenceId);
        Terms storage limit = _known(limitId);
        if (terms.commercialUse && !limit.commercialUse) return _REFUSED_COMMERCIAL_USE;
        if (terms.territories & ~limit.territories != 0) return _REFUSED_TERRITORY;
        if (terms.useCases & ~limit.useCases != 0) return _REFUSED_USE_CASE;
        if (terms.derivatives > limit.derivatives) return _REFUSED_DERIVATIVES;
        if (limit.attribution && !terms.attribution) return _REFUSED_ATTRIBUTION;
        return _ALLOWED;
    }

    function _known(uint256 licenceId) private view returns (Terms storage terms) {
        require(licenceId != 0 && licenceId <= _count, UnknownLicence(licenceId));
        return _terms[licenceId];
    }
}
