namespace Winnow.Curation.Duplicates;

/// <summary>What was decided for all documents; lies beside a bit a document.</summary>
/// <param name="Settings">What decides it, as a hash: options, and what the shards hold.</param>
/// <param name="Rows">Documents of each shard of the inputs.</param>
/// <param name="Exact">How many went because another has the same text.</param>
/// <param name="Near">How many went because a similar one stayed.</param>
/// <param name="WithoutWords">Documents without a word.</param>
/// <param name="Invalid">Documents whose text isn't Unicode throughout.</param>
/// <param name="Threshold">From which similarity near duplicates went.</param>
/// <param name="Candidates">Documents that shared a band with another.</param>
/// <param name="PairsVerified">Pairs of texts that were compared.</param>
/// <param name="Evidence">A hash of the file that says why documents went.</param>
/// <param name="Bits">A hash of the file that says which.</param>
internal sealed record DecisionMarker(string Settings, IReadOnlyList<long> Rows, long Exact, long Near, long WithoutWords, long Invalid, double Threshold, long Candidates, long PairsVerified, string Evidence, string Bits);
