namespace Winnow.Curation.Duplicates;

/// <summary>What is kept rather than what, as two numbers, of which the first counts more: the higher stays. Of equal ones the first does.</summary>
/// <param name="rule">Which of several is kept.</param>
/// <param name="prefer">Sources that come before others, the dearest first.</param>
internal sealed class Priority(KeepRule rule, IReadOnlyList<string> prefer)
{
    /// <summary>The rank of a document of an earlier corpus, which is never removed.</summary>
    public const ulong Reference = ulong.MaxValue;

    private readonly Dictionary<string, int> _ranks = prefer.Distinct(StringComparer.Ordinal).Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);

    /// <summary>The numbers of a document: its source's rank, and what the rule says.</summary>
    public (ulong Rank, ulong Number) Of(string source, int textBytes, double number) => (
        _ranks.TryGetValue(source, out var at) ? (ulong)(_ranks.Count - at) : 0,
        rule switch
        {
            KeepRule.First => 0,
            KeepRule.Longest => (ulong)textBytes,
            KeepRule.Highest => Ordered(number),
            _ => Ordered(-number),
        });

    // Numbers in their order as whole numbers; NaN below all.
    private static ulong Ordered(double number)
    {
        if (double.IsNaN(number))
        {
            return 0;
        }

        // -0 and 0 are equal.
        var bits = BitConverter.DoubleToUInt64Bits(number == 0 ? 0 : number);
        return (bits >> 63) != 0 ? ~bits : bits | (1UL << 63);
    }
}
