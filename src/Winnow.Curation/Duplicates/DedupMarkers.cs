using Winnow.Curation.Documents;

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
internal sealed record DecisionMarker(string Settings, IReadOnlyList<long> Rows, long Exact, long Near, long WithoutWords, long Invalid, double Threshold, long Candidates, long PairsVerified);

/// <summary>That what is kept of a shard has been written.</summary>
/// <param name="Settings">What decides it, as of <see cref="DecisionMarker"/>.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Documents">How many it has.</param>
/// <param name="Kept">How many stayed.</param>
/// <param name="Output">A hash of what was written.</param>
/// <param name="Sources">What each source lost.</param>
internal sealed record FilterMarker(string Settings, string Content, long Documents, long Kept, string Output, IReadOnlyList<SourceLoss> Sources);
