using Winnow.Curation.Signals;

namespace Winnow.Curation.Tests.Signals;

public class SignalCatalogTests
{
    [Fact]
    public void Every_value_has_one_signal_with_a_name_of_its_own()
    {
        Assert.Equal((int)SignalId.Count, SignalCatalog.All.Count);
        Assert.Equal(SignalCatalog.All.Count, SignalCatalog.All.Select(static s => s.Id).Distinct().Count());
        Assert.Equal(SignalCatalog.All.Count, SignalCatalog.All.Select(static s => s.Name).Distinct().Count());
        Assert.All(SignalCatalog.All, static s => Assert.Matches("^[a-z][a-z0-9_]*$", s.Name));
        Assert.All(SignalCatalog.All, static s => Assert.True(s.Description.EndsWith('.') || s.Description.EndsWith('?'), s.Description));
    }

    [Fact]
    public void Each_signal_alone_has_the_value_it_has_among_all()
    {
        var all = new SignalEvaluator(SignalCatalog.All, ["ipsum"]);
        double[] values = new double[SignalCatalog.All.Count], one = new double[1];
        var text = Texts.Bytes(string.Join('\n', Texts.ByHand) + " lorem ipsum { javascript. A line that is kept, it is.");
        all.Compute(text, values);
        for (var i = 0; i < values.Length; i++)
        {
            new SignalEvaluator([SignalCatalog.All[i]], ["ipsum"]).Compute(text, one);
            Assert.Equal(values[i], one[0]);
        }
    }

    [Fact]
    public void Values_lie_in_the_ranges_that_are_declared()
    {
        var all = new SignalEvaluator(SignalCatalog.All, ["ipsum"]);
        var values = new double[SignalCatalog.All.Count];
        Texts.Check(text =>
        {
            all.Compute(Texts.Bytes(text), values);
            for (var i = 0; i < values.Length; i++)
            {
                var signal = SignalCatalog.All[i];
                Assert.True(double.IsNaN(values[i]) ? signal.MayBeUndefined : values[i] >= signal.Min && values[i] <= signal.Max + 1e-12, $"{signal.Name} = {values[i]}");
            }
        });
    }

    [Fact]
    public void Names_and_groups_are_found_and_others_refused_with_the_nearest()
    {
        Assert.Equal(["word_count", "fineweb_terminal_line_fraction", "fineweb_short_line_fraction", "fineweb_duplicate_line_char_fraction", "fineweb_newline_to_word_ratio"],
            SignalCatalog.Resolve(["word_count", "fineweb", "word_count"]).Select(static s => s.Name));
        Assert.Contains("did you mean word_count?", Assert.Throws<CurationException>(static () => SignalCatalog.Resolve(["word_cuont"])).Message, StringComparison.Ordinal);
        Assert.Null(SignalCatalog.TryFind("x"));
    }
}
