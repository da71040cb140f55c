using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

/// <summary>What holds for every policy in the catalogue, a new one included.</summary>
public class PolicyContractTests
{
    /// <summary>Each policy with defaults, and with each parameter near both ends of its range and each word.</summary>
    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in PolicyCatalog.All)
        {
            specs.Add(method.Name);
            foreach (var parameter in method.Parameters)
            {
                var low = parameter.MinOpen ? parameter.Min + ((parameter.Max - parameter.Min) * 1e-3) : parameter.Min;
                var high = parameter.MaxOpen ? parameter.Max - ((parameter.Max - parameter.Min) * 1e-3) : parameter.Max;
                for (var value = low; parameter.Choices.Count > 0 && value <= high; value++)
                {
                    specs.Add($"{method.Name}:{parameter.Name}={parameter.Format(value)}");
                }

                foreach (var value in parameter.Choices.Count > 0 ? [] : new[] { low, high })
                {
                    var spec = $"{method.Name}:{parameter.Name}={parameter.Format(value)}";
                    // Ends that another parameter's default excludes (low above high) are that policy's own tests' matter.
                    try { PolicyCatalog.Parse(spec); }
                    catch (MethodSpecException) { continue; }

                    specs.Add(spec);
                }
            }
        }

        return specs;
    }

    private static readonly float[][] s_losses =
    [
        [], [1f], [1f, 1f], [1f, 2f], [3f, 3f, 3f, 3f, 3f], [float.NaN], [float.NaN, 1f, 2f], [float.PositiveInfinity, 1f, 2f, 0f], [float.NegativeInfinity, 1f, 2f],
        [float.NaN, float.NaN, float.PositiveInfinity], [float.MaxValue, float.MaxValue, float.MinValue], [0f, -0f, float.Epsilon, -float.Epsilon],
        Tables.Skewed(100), Tables.Skewed(70_001),
    ];

    [Theory, MemberData(nameof(Specs))]
    public void Writes_a_finite_weight_of_at_least_0_for_every_sample_and_visits_at_least_one(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        foreach (var losses in s_losses)
        {
            foreach (var epoch in new[] { 0, 1, 5, 9 })
            {
                var weights = Tables.Plan(policy, Tables.Seen(policy, losses), epoch);
                Assert.All(weights, static w => Assert.True(float.IsFinite(w) && w >= 0));
                Assert.True(losses.Length == 0 || weights.Any(static w => w > 0), $"nothing is visited of {losses.Length}");
            }
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Leaves_the_table_untouched_and_gives_the_same_for_the_same(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        foreach (var losses in s_losses)
        {
            var table = Tables.Seen(policy, losses);
            var first = Tables.Plan(policy, table);
            var fresh = Tables.Seen(policy, losses);
            Assert.Equal(fresh.Flags.ToArray(), table.Flags.ToArray());
            foreach (var column in policy.Columns)
            {
                Assert.Equal(fresh[column].ToArray().Select(BitConverter.SingleToInt32Bits), table[column].ToArray().Select(BitConverter.SingleToInt32Bits));
            }

            Assert.Equal(first, Tables.Plan(policy, table));
            Assert.Equal(first, Tables.Plan(PolicyCatalog.Parse(spec), fresh));
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Does_not_depend_on_the_number_of_threads(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        var table = Tables.Seen(policy, Tables.Skewed(200_003));
        for (var i = 0; i < table.Count; i += 1001)
        {
            table.Flags[i] = SampleFlags.None;
        }

        var one = Tables.Plan(policy, table, threads: 1);
        foreach (var threads in new[] { 0, 2, 5 })
        {
            Assert.Equal(one, Tables.Plan(policy, table, threads: threads));
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Has_a_spec_that_round_trips(string spec)
    {
        var canonical = PolicyCatalog.Canonical(spec);
        Assert.Equal(canonical, PolicyCatalog.Canonical(canonical));
        Assert.Equal(PolicyCatalog.Parse(spec), PolicyCatalog.Parse(canonical));
        // By this text a checkpoint knows it, whoever made it.
        Assert.Equal(canonical, Language.WithCommas(() => PolicyCatalog.Parse(spec).ToString()));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Takes_losses_in_parts_as_well_as_at_once(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        var losses = Tables.Skewed(64);
        SampleTable whole = Tables.Seen(policy, losses), parts = Tables.Empty(policy, 64);
        for (var i = 60; i >= 0; i -= 4)
        {
            Tables.Observe(policy, parts, [i + 1, i, i + 3, i + 2], [losses[i + 1], losses[i], losses[i + 3], losses[i + 2]]);
        }

        foreach (var column in policy.Columns)
        {
            Assert.Equal(whole[column].ToArray(), parts[column].ToArray());
        }

        Assert.Equal(Tables.Plan(policy, whole), Tables.Plan(policy, parts));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Of_an_id_given_twice_the_last_loss_counts_where_only_the_last_loss_is_kept(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        if (!policy.Columns.SequenceEqual([Column.Loss]))
        {
            return;
        }

        var losses = Tables.Skewed(64);
        SampleTable whole = Tables.Seen(policy, losses), twice = Tables.Empty(policy, 64);
        Tables.Observe(policy, twice, [3, 3], [9f, 8f]);
        Tables.Observe(policy, twice, [.. Enumerable.Range(0, 64).Select(static i => (long)i)], losses);
        Assert.Equal(whole[Column.Loss].ToArray(), twice[Column.Loss].ToArray());
    }

    [Fact]
    public void Every_policy_says_what_it_is_and_refuses_values_beyond_the_ends()
    {
        foreach (var method in PolicyCatalog.All)
        {
            Assert.NotEmpty(method.Summary);
            Assert.NotEmpty(method.Citation);
            foreach (var parameter in method.Parameters)
            {
                Assert.NotEmpty(parameter.Meaning);
                Assert.True(double.IsNaN(parameter.Default) || parameter.Allows(parameter.Default));
                if (parameter.Choices.Count > 0)
                {
                    continue;
                }

                Assert.NotEqual(parameter.MinOpen, parameter.Allows(parameter.Min));
                Assert.NotEqual(parameter.MaxOpen, parameter.Allows(parameter.Max));
                double[] outside = parameter.Integer ? [parameter.Min - 1, parameter.Max + 1] : [Math.BitDecrement(parameter.Min), Math.BitIncrement(parameter.Max)];
                foreach (var beyond in outside)
                {
                    var spec = $"{method.Name}:{parameter.Name}={parameter.Format(beyond)}";
                    Assert.Contains($"is not in {parameter.Range}", Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec)).Message, StringComparison.Ordinal);
                }
            }
        }
    }
}
