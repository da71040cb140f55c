using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Tests.Catalog;

public class PolicyCatalogTests
{
    [Fact]
    public void Lists_the_policies_by_name() =>
        Assert.Equal(["epsilon-greedy", "full", "ies", "infobatch", "infobatch-quantile", "kakurenbo", "orderdp", "random", "rcap", "repb", "rs2", "selective-backprop", "seta", "ucb"], PolicyCatalog.All.Select(static m => m.Name));

    [Theory]
    [InlineData("infobatch:keep=1.5", "keep=1.5 is not in (0, 1] in \"infobatch:keep=1.5\"; it is the share kept of the samples below the mean, e.g. keep=0.7")]
    [InlineData("infobatch:keep=0", "keep=0 is not in (0, 1] in")]
    [InlineData("infobatch:until=-0.1", "until=-0.1 is not in [0, 1] in")]
    [InlineData("infobatch:keep=half", "keep=half is not a number in")]
    [InlineData("infobatch:keep=NaN", "keep=NaN is not a number in")]
    [InlineData("infobatch:keep=Infinity", "keep=Infinity is not a number in")]
    [InlineData("infobatch:keep=1e999", "keep=1e999 is not in (0, 1] in")]
    [InlineData("infobatch:keep=0,5", "\"5\" is not of the form key=value in")]
    [InlineData("infobatch:rule=Exact", "rule=Exact is not one of exact, reference in")]
    [InlineData("infobatch:ratio=0.5", "infobatch has no parameter ratio in \"infobatch:ratio=0.5\"; it takes keep, save, until, rule")]
    [InlineData("infobatch:kep=0.5", "did you mean keep?")]
    [InlineData("full:keep=1", "full has no parameter keep in \"full:keep=1\"; it takes none, write full")]
    [InlineData("infobach", "no method infobach in \"infobach\"; there are epsilon-greedy, full, ies, infobatch, infobatch-quantile, kakurenbo, orderdp, random, rcap, repb, rs2, selective-backprop, seta, ucb: did you mean infobatch?")]
    [InlineData("nothing", "no method nothing in \"nothing\"; there are epsilon-greedy, full, ies, infobatch, infobatch-quantile, kakurenbo, orderdp, random, rcap, repb, rs2, selective-backprop, seta, ucb")]
    [InlineData("infobatch-quantile:low=90", "low=90 is not below high=85 in")]
    [InlineData("infobatch-quantile:high=20", "low=20 is not below high=20 in")]
    public void Says_value_rule_place_and_remedy(string spec, string message)
    {
        var error = Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains($"\"{spec}\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Message, Assert.Throws<MethodSpecException>(() => PolicyCatalog.Canonical(spec)).Message);
    }

    [Fact]
    public void Refuses_a_keep_below_a_tenth_under_the_reference_rule()
    {
        var error = Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse("infobatch:keep=0.05,rule=reference"));
        Assert.Contains("keep=0.05 is outside [0.1, 1] for rule=reference in \"infobatch:keep=0.05,rule=reference\"", error.Message, StringComparison.Ordinal);
        PolicyCatalog.Parse("infobatch:keep=0.1,rule=reference");
        PolicyCatalog.Parse("infobatch:keep=0.05");
    }

    [Theory]
    [InlineData("infobatch", "infobatch")]
    [InlineData("infobatch:keep=0.50,until=0.875,rule=exact", "infobatch")]
    [InlineData("infobatch:rule=reference,keep=7e-1", "infobatch:keep=0.7,rule=reference")]
    [InlineData("random:until=1,keep=0.25", "random:keep=0.25")]
    [InlineData("infobatch-quantile:keep-mid=1", "infobatch-quantile:keep-mid=1")]
    public void Has_one_text_for_all_specs_that_mean_the_same(string spec, string canonical) =>
        Assert.Equal(canonical, PolicyCatalog.Canonical(spec));

    [Fact]
    public void Makes_what_the_spec_says()
    {
        Assert.Equal(new InfoBatchPolicy { Keep = 0.7, Until = 0.5 }, PolicyCatalog.Parse("infobatch:keep=0.7,until=0.5"));
        Assert.Equal(new InfoBatchReferencePolicy { Keep = 0.7 }, PolicyCatalog.Parse("infobatch:keep=0.7,rule=reference"));
        Assert.Equal(new InfoBatchQuantilePolicy { Low = 10, High = 100, KeepLow = 0.1, KeepMid = 0.9, Until = 1 },
            PolicyCatalog.Parse("infobatch-quantile:low=10,high=100,keep-low=0.1,keep-mid=0.9,until=1"));
        Assert.Equal(new RandomSubsetPolicy { Keep = 0.3 }, PolicyCatalog.Parse("random:keep=0.3"));
        Assert.Equal(new FullPolicy(), PolicyCatalog.Parse("full"));
    }

    [Fact]
    public void Whole_numbers_and_words_are_checked_too()
    {
        var count = new Parameter("count", 3, 1, 10, "how many") { Integer = true, MaxOpen = true };
        Assert.Equal("[1, 10), whole", count.Range);
        Assert.Equal("3", count.Format(3));
        Assert.True(count.Allows(9) && !count.Allows(10) && !count.Allows(2.5) && !count.Allows(double.NaN));
        var method = new Method<int>("m", "", "", [count], static p => (int)p["count"]);
        Assert.Equal(7, method.Create(MethodSpec.Parse("m:count=7")));
        Assert.Contains("count=2.5 is not a whole number", Assert.Throws<MethodSpecException>(() => method.Create(MethodSpec.Parse("m:count=2.5"))).Message, StringComparison.Ordinal);
        Assert.Contains("must begin with m", Assert.Throws<MethodSpecException>(() => method.Create(MethodSpec.Parse("n"))).Message, StringComparison.Ordinal);
        var words = Parameter.Choice("rule", "which rule", "one", "two");
        Assert.Equal("one | two", words.Range);
        Assert.Equal("two", words.Format(1));
        var misnamed = new Method<double>("m", "", "", [count], static p => p["size"]);
        Assert.Contains("declared: count", Assert.Throws<KeyNotFoundException>(() => misnamed.Create(MethodSpec.Parse("m"))).Message, StringComparison.Ordinal);
    }
}
