namespace Winnow.Curation.Duplicates;

/// <summary>What is kept rather than what, as one number: the higher stays. Of equal ones the first does.</summary>
/// <param name="rule">Which of several is kept.</param>
/// <param name="prefer">Sources that come before others, the dearest first; at most 32,766.</param>
internal sealed class Priority(KeepRule rule, IReadOnlyList<string> prefer)
{
    /// <summary>Of a document of an earlier corpus, which is never removed.</summary>
    public const ulong Reference = ulong.MaxValue;

    private const int NumberBits = 48;

    private readonly Dictionary<string, int> _ranks = prefer.Distinct(StringComparer.Ordinal).Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);

    /// <summary>The number of a document.</summary>
    public ulong Of(string source, int textBytes, double number)
    {
        var rank = _ranks.TryGetValue(source, out var at) ? (ulong)(_ranks.Count - at) : 0;
        return (rank << NumberBits) | rule switch
        {
            KeepRule.First => 0,
            KeepRule.Longest => (ulong)textBytes,
            KeepRule.Highest => Ordered(number),
            _ => Ordered(-number),
        };
    }

    // Numbers in their order as whole numbers, by the 48 bits that count most (36 of the fraction); NaN below all.
    private static ulong Ordered(double number)
    {
        if (double.IsNaN(number))
        {
            return 0;
        }

        // -0 and 0 are equal.
        var bits = BitConverter.DoubleToUInt64Bits(number == 0 ? 0 : number);
        var ordered = (bits >> 63) != 0 ? ~bits : bits | (1UL << 63);
        return ordered >> (64 - NumberBits);
    }
}
