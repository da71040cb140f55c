using Winnow.Curation.Signals;

namespace Winnow.Curation.Tests.Signals;

public class FineWebTests
{
    private readonly SignalEvaluator _evaluator = new(SignalCatalog.Resolve(["fineweb"]));
    private readonly double[] _values = new double[4];

    [Fact]
    public void Lines_counted_by_hand()
    {
        _evaluator.Compute("Short line.\nThis line is longer than thirty characters\n\n  \nShort line.\n终于。"u8, _values);
        // Four lines with text, of which three end in a mark and three are short; 11 of the 69 characters other than line feeds are in the repeated one.
        Assert.Equal([0.75, 0.75, 11.0 / 69, 5.0 / 16], _values);
    }

    [Fact]
    public void Any_text_has_the_values_of_the_plain_rules() => Texts.Check(text =>
    {
        _evaluator.Compute(Texts.Bytes(text), _values);
        var lines = text.Split('\n').Where(static l => Naive.Trim(l).Length > 0).ToList();
        var tokens = Naive.Tokens(text).Count;
        double[] expected =
        [
            Share(lines.Count(static l => ".!?。！".Contains(l[^1], StringComparison.Ordinal)), lines.Count),
            Share(lines.Count(static l => Naive.Length(l) <= 30), lines.Count),
            Share(Naive.Duplicates(lines).Characters, Naive.Length(text.Replace("\n", "", StringComparison.Ordinal))),
            tokens == 0 ? double.NaN : (double)text.Count(static c => c == '\n') / tokens,
        ];
        Assert.Equal(expected, _values);
    });

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
