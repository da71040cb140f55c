using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

/// <summary>What holds for every modifier around every method, a new one included.</summary>
public class ModifierContractTests
{
    private static readonly string[] s_methods = ["full", "random:keep=0.3", "infobatch", "infobatch-quantile", "kakurenbo", "ies", "selective-backprop", "repb", "seta", "rcap", "ucb", "orderdp:save=0.3"];

    /// <summary>Each modifier around each method, and two around one.</summary>
    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in s_methods)
        {
            foreach (var modifier in ModifierCatalog.All.Select(static m => m.Name))
            {
                if ((method, modifier) is not ("repb", "batch-loss"))
                {
                    specs.Add($"{method}+{modifier}");
                }
            }
        }

        specs.Add("infobatch+batch-loss:alpha=0.5+confident+max-age:epochs=1");
        specs.Add("random:keep=0.1+loss-cap:from=0+class-floor:keep=0.9");
        specs.Add("infobatch:save=0.4+loss-cap:keep=0.5,from=0");
        return specs;
    }

    /// <summary>A few epochs of losses; some samples are never seen and some losses are no numbers.</summary>
    private static SampleTable Table(IPruningPolicy policy, int count)
    {
        var table = Tables.Empty(policy, count);
        long[] ids = [.. Enumerable.Range(0, count).Where(static i => i % 50 != 7).Select(static i => (long)i)];
        for (var epoch = 0; epoch < 7; epoch++)
        {
            var losses = Tables.Skewed(ids.Length, (ulong)epoch + 1);
            for (var i = 3; i < losses.Length; i += 40)
            {
                losses[i] = float.NaN;
            }

            Tables.Observe(policy, table, ids, losses, epoch);
        }

        return table;
    }

    [Theory, MemberData(nameof(Specs))]
    public void Says_its_canonical_spec_in_any_language(string spec) =>
        Assert.Equal(PolicyCatalog.Canonical(spec), Language.WithCommas(() => PolicyCatalog.Parse(spec).ToString()));

    [Theory, MemberData(nameof(Specs))]
    public void Gives_finite_weights_and_visits_at_least_one_at_any_size(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        foreach (var count in new[] { 1, 2, 3, 7, 100, 1000 })
        {
            foreach (var epoch in new[] { 0, 1, 7, 9 })
            {
                var weights = Tables.Plan(policy, Table(policy, count), epoch);
                Assert.All(weights, static w => Assert.True(float.IsFinite(w) && w >= 0));
                Assert.Contains(weights, static w => w > 0);
            }
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Leaves_the_table_untouched_and_gives_the_same_for_the_same_at_any_number_of_threads(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        SampleTable table = Table(policy, 70_001), fresh = Table(policy, 70_001);
        var first = Tables.Plan(policy, table, 7);
        Assert.Equal(fresh.Flags.ToArray(), table.Flags.ToArray());
        foreach (var column in policy.Columns)
        {
            Assert.True(fresh[column].ToArray().Select(BitConverter.SingleToInt32Bits).SequenceEqual(table[column].ToArray().Select(BitConverter.SingleToInt32Bits)), column.Name);
        }

        foreach (var threads in new[] { 0, 1, 5 })
        {
            Assert.Equal(first, Tables.Plan(PolicyCatalog.Parse(spec), fresh, 7, threads: threads));
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Always_visits_what_was_never_seen_or_has_no_number_where_the_method_does(string spec)
    {
        if (spec.StartsWith("random", StringComparison.Ordinal))
        {
            return;
        }

        var policy = PolicyCatalog.Parse(spec);
        var table = Table(policy, 1000);
        var weights = Tables.Plan(policy, table, 7);
        for (var i = 0; i < 1000; i++)
        {
            if (table.Flags[i] != SampleFlags.Seen)
            {
                Assert.Equal(1f, weights[i]);
            }
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Takes_losses_in_parts_as_well_as_at_once(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        var losses = Tables.Skewed(2000);
        SampleTable whole = Tables.Seen(policy, losses), parts = Tables.Empty(policy, 2000);
        for (var i = 1996; i >= 0; i -= 4)
        {
            Tables.Observe(policy, parts, [i + 1, i, i + 3, i + 2], [losses[i + 1], losses[i], losses[i + 3], losses[i + 2]]);
        }

        foreach (var column in policy.Columns)
        {
            Assert.Equal(whole[column].ToArray(), parts[column].ToArray());
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Passes_on_what_the_method_says_of_itself(string spec)
    {
        IPruningPolicy inner = PolicyCatalog.Parse(spec[..spec.IndexOf('+', StringComparison.Ordinal)]), outer = PolicyCatalog.Parse(spec);
        Assert.Equal(inner.Save, outer.Save);
        // A guard that forces samples in leaves less to save.
        if (spec.Contains("class-floor", StringComparison.Ordinal) || spec.Contains("max-age", StringComparison.Ordinal))
        {
            Assert.InRange(outer.LargestSave(20), 0, inner.LargestSave(20));
        }
        else
        {
            Assert.Equal(inner.LargestSave(20), outer.LargestSave(20));
        }

        Assert.Equal(inner.RefreshesDropped, outer.RefreshesDropped);
        Assert.Equal(inner.LearningRateScale(70, 100), outer.LearningRateScale(70, 100));
        Assert.Equal(inner.BatchSelection, outer.BatchSelection);
        Assert.Equal(inner.Columns, outer.Columns.Take(inner.Columns.Count));
        var canonical = PolicyCatalog.Canonical(spec);
        Assert.Equal(canonical, PolicyCatalog.Canonical(canonical));
    }

    [Fact]
    public void Every_modifier_says_what_it_is_and_refuses_values_beyond_the_ends()
    {
        Assert.Equal(["batch-loss", "class-floor", "confident", "loss-cap", "max-age"], ModifierCatalog.All.Select(static m => m.Name));
        foreach (var modifier in ModifierCatalog.All)
        {
            Assert.NotEmpty(modifier.Summary);
            Assert.NotEmpty(modifier.Citation);
            foreach (var parameter in modifier.Parameters)
            {
                Assert.NotEmpty(parameter.Meaning);
                Assert.True(parameter.Allows(parameter.Default));
                foreach (var beyond in new[] { parameter.Min - 1, parameter.Max + 1 })
                {
                    var spec = $"full+{modifier.Name}:{parameter.Name}={parameter.Format(beyond)}";
                    Assert.Contains($"is not in {parameter.Range}", Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec)).Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData("full+max-age:epochs=5", "full+max-age")]
    [InlineData("infobatch:keep=5e-1+max-age:epochs=3+confident:tau=0.70", "infobatch+max-age:epochs=3+confident")]
    [InlineData("random:keep=2e-1+max-age:epochs=1e+2", "random:keep=0.2+max-age:epochs=100")]
    [InlineData(" random + max-age ", "random+max-age")]
    public void Is_written_behind_the_method_with_one_text_for_the_same(string spec, string canonical)
    {
        Assert.Equal(canonical, PolicyCatalog.Canonical(spec));
        Assert.IsAssignableFrom<PolicyModifier>(PolicyCatalog.Parse(spec));
        Assert.Equal(canonical[..canonical.IndexOfAny([':', '+'])], PolicyCatalog.Find(spec).Name);
    }

    [Theory]
    [InlineData("infobatch+", "\"\" is no method name")]
    [InlineData("+max-age", "\"\" is no method name")]
    [InlineData("infobatch+random", "no modifier random in \"random\"; there are batch-loss, class-floor, confident, loss-cap, max-age")]
    [InlineData("infobatch+maxage", "did you mean max-age?")]
    [InlineData("max-age+infobatch", "no method max-age in")]
    [InlineData("infobatch+max-age:epochs=0", "epochs=0 is not in [1, 1000000], whole in")]
    [InlineData("infobatch+max-age:epochs=2.5", "epochs=2.5 is not a whole number in")]
    [InlineData("infobatch+max-age+confident+max-age:epochs=3", "max-age is given twice in \"infobatch+max-age+confident+max-age:epochs=3\"")]
    public void Refuses_other_forms(string spec, string message)
    {
        Assert.Contains(message, Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec)).Message, StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<MethodSpecException>(() => PolicyCatalog.Canonical(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_has_the_last_word()
    {
        // The cap leaves out the highest loss; a floor around it brings everything back, inside it it doesn't.
        foreach (var (spec, visited) in new[] { ("full+loss-cap:keep=0.5,from=0+class-floor:keep=1", 4), ("full+class-floor:keep=1+loss-cap:keep=0.5,from=0", 2) })
        {
            var policy = PolicyCatalog.Parse(spec);
            Assert.Equal(visited, Tables.Plan(policy, Tables.Seen(policy, 1f, 2f, 3f, 4f)).Sum());
        }
    }
}
