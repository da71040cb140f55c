using FsCheck;
using FsCheck.Fluent;
using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Samples;

public class SignalRulesTests
{
    private static string Refused(Action act) => Assert.Throws<SignalException>(act).Message;

    [Theory]
    [InlineData(4.2f, "4.2")]
    [InlineData(30f, "30")]
    [InlineData(-1f, "-1")]
    [InlineData(1.0000001f, "1.0000001")]
    [InlineData(-1e-45f, "-1E-45")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_confidence_is_a_probability(float wrong, string text)
    {
        // At every place of a vector and beyond it, behind values that take the slow way.
        for (var at = 0; at < 40; at++)
        {
            var confidences = new float[41];
            Array.Fill(confidences, 1f);
            confidences.AsSpan(0, at).Fill(at % 2 == 0 ? float.NaN : -0f);
            SignalRules.Check(Signal.Confidence, confidences);
            confidences[at] = wrong;
            Assert.StartsWith($"confidences[{at}] is {text}; a confidence is the probability of the model's own prediction, in [0, 1]",
                Language.WithCommas(() => Refused(() => SignalRules.Check(Signal.Confidence, confidences))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Confidences_are_refused_exactly_where_they_are_numbers_outside_0_and_1() =>
        Prop.ForAll(ArbMap.Default.ArbFor<uint[]>(), static bits =>
        {
            // Bits rather than numbers: small and wild values, infinities and every NaN are as likely as others.
            float[] confidences = [.. bits.Select((b, i) => i % 3 == 0 ? BitConverter.UInt32BitsToSingle(b * 2654435761u) : b % 1000 / 999f)];
            var wrong = Array.FindIndex(confidences, static c => c < 0 || c > 1);
            try
            {
                SignalRules.Check(Signal.Confidence, confidences);
                return wrong < 0;
            }
            catch (SignalException error)
            {
                return wrong >= 0 && error.Message.StartsWith($"confidences[{wrong}] is ", StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_flag_from_another_languages_memory_is_0_or_1()
    {
        for (var value = 2; value < 256; value++)
        {
            var memory = new byte[50];
            memory[37] = (byte)value;
            Assert.StartsWith($"correct[37] is {value}; it is 0 or 1", Refused(() => SignalRules.Check(Signal.Correct, Array.ConvertAll(memory, static one => (float)one))), StringComparison.Ordinal);
        }

        SignalRules.Check(Signal.Correct, [0, 1, 1, 0, -0f]);
    }

    [Fact]
    public void Whole_numbers_become_flags_only_where_they_are_0_or_1()
    {
        Assert.Equal([0f, 1, 1], SignalRules.Flags(Signal.Correct, [0, 1, 1]));
        Assert.Equal([0f, 1, 1], SignalRules.Flags([false, true, true]));
        // 256 and 2^32 are 0 in their lowest byte.
        foreach (var wrong in new[] { 2, -1, 256, 257, 1L << 32, (1L << 32) + 1, long.MaxValue, long.MinValue })
        {
            Assert.StartsWith($"correct[1] is {wrong}; it is 0 or 1", Refused(() => SignalRules.Flags(Signal.Correct, [1, wrong])), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Labels_are_classes_from_0_on_without_large_gaps()
    {
        Assert.Equal([0, 65535, 3], SignalRules.Labels([0, 65535, 3]));
        foreach (var wrong in new[] { -1, 65536, int.MaxValue, (1L << 32) + 1, long.MinValue, long.MaxValue })
        {
            Assert.StartsWith($"label {wrong} of sample 2 is not in [0, 65536); classes count from 0", Refused(() => SignalRules.Labels([0, 1, wrong])), StringComparison.Ordinal);
        }

        Assert.StartsWith("label 2147483647 of sample 1 is not in [0, 65536)", Refused(() => _ = new SampleTable(2, [], new[] { 0, int.MaxValue })), StringComparison.Ordinal);
        // Every sample a class of its own.
        int[] many = [.. Enumerable.Range(0, 70_000)];
        Assert.Equal(70_000, new SampleTable(70_000, [], many).Classes);
        many[5] = 70_000;
        Assert.StartsWith("label 70000 of sample 5 is not in [0, 70000)", Refused(() => SignalRules.CheckLabels(many)), StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_at_random_are_taken_exactly_or_not_at_all() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<long>>(), ArbMap.Default.ArbFor<uint>(), static (drawn, bits) =>
        {
            // Small ones, and now and then one whose lowest 8, 16, 31 or 32 bits are those of a small one.
            long[] values = [.. drawn.Get.Select((value, i) => Math.Abs(value % 3) + ((bits >> (i % 32)) % 5 == 0 ? (1L << new[] { 8, 16, 31, 32, 40, 62, 63 }[i % 7]) : 0))];
            var (flags, labels, ids) = (Taken(() => SignalRules.Flags(Signal.Correct, values)), Taken(() => SignalRules.Labels(values)), Taken(() => Observed(values)));
            return Same(flags, Array.TrueForAll(values, static value => value is 0 or 1) ? [.. values.Select(static value => (float)value)] : null)
                && Same(labels, Array.TrueForAll(values, static value => value is >= 0 and < 65536) ? [.. values.Select(static value => (int)value)] : null)
                && Same(ids, Array.TrueForAll(values, static value => value is >= 0 and < 300) ? [.. values.Distinct().Order()] : null);
        }).QuickCheckThrowOnFailure();

    // Which samples of three hundred have been seen.
    private static long[] Observed(long[] ids)
    {
        var pruner = new Pruner(300, PolicyCatalog.Parse("infobatch"), new() { Epochs = 2 });
        pruner.Plan(0);
        try
        {
            pruner.Observe(ids, new float[ids.Length]);
        }
        catch (ArgumentException)
        {
            Assert.Equal((300, 0L), (pruner.Unobserved, pruner.Samples.SeenCount));
            throw;
        }

        return [.. Enumerable.Range(0, 300).Where(id => pruner.Samples.Flags[id] != SampleFlags.None).Select(static id => (long)id)];
    }

    private static T[]? Taken<T>(Func<T[]> take)
    {
        try
        {
            return take();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool Same<T>(T[]? found, T[]? expected) => found is null || expected is null ? found is null && expected is null : found.AsSpan().SequenceEqual(expected);

    [Fact]
    public void What_is_given_is_one_a_sample_though_the_method_does_not_need_it()
    {
        var pruner = new Pruner(4, PolicyCatalog.Parse("infobatch"), new() { Epochs = 2 });
        var plan = pruner.Plan(0);
        var losses = new float[4];
        Assert.Contains("3 confidences for 4 samples", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = losses }.With(Signal.Confidence, new float[3]))), StringComparison.Ordinal);
        Assert.Contains("5 correctness flags for 4 samples", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = losses }.With(Signal.Correct, SignalRules.Flags(new bool[5])))), StringComparison.Ordinal);
        Assert.Contains("confidences[0] is 2", Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = losses }.With(Signal.Confidence, [2, 1, 1, 1]))), StringComparison.Ordinal);
        Assert.Equal((4, 0L), (pruner.Unobserved, pruner.Samples.SeenCount));
    }

    [Fact]
    public void Messages_hold_numbers_the_same_in_every_language()
    {
        foreach (var (spec, text) in new[]
        {
            ("infobatch-quantile:low=40.5,high=40.25", "low=40.5 is not below high=40.25"), ("infobatch:keep=0.05,rule=reference", "keep=0.05 is outside [0.1, 1]"),
            ("selective-backprop:start=0.75,end=0.5", "start=0.75 is above end=0.5"), ("full+loss-cap:from=0.5,until=0.25", "from=0.5 is above until=0.25"),
            ("rcap:beta=1e-9", "[0.001, 1000]"),
        })
        {
            Assert.Contains(text, Language.WithCommas(() => Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec)).Message), StringComparison.Ordinal);
        }

        Assert.Contains("[0.001, 1000]", Language.WithCommas(() => Assert.ThrowsAny<ArgumentException>(() => new RcapPolicy { Beta = 0 }).Message), StringComparison.Ordinal);
    }
}
