using System.CommandLine;
using System.Numerics;
using Winnow.Cli.Options;
using Winnow.Cli.Tests.Support;
using Winnow.Data;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Cli.Tests;

/// <summary>What <c>plan</c> reads beside the losses, with a policy that needs all of it and keeps what it is told.</summary>
public sealed class PlanSignalsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_method_that_has_to_be_told_more_is_refused_by_name()
    {
        var (signals, parsed) = Parse();
        Assert.Equal("curious looks at the samples' classes: give --labels y.npy, one number a sample.", Refused(new Curious([], labels: true)));
        Assert.Equal("curious looks at the model's predictions: give --confidences c.npy and --correct k.npy, one number a sample.", Refused(new Curious([Signal.Correct, Signal.Confidence])));
        Assert.Equal("curious looks at the losses of the samples' batches: give --batch-losses b.npy, one number a sample.", Refused(new Curious([Signal.Loss, Signal.BatchLoss])));
        Assert.Contains("curious looks at margin of each sample, which no option gives", Refused(new Curious([new Signal("margin")])), StringComparison.Ordinal);

        string Refused(Curious policy) => Assert.Throws<UsageException>(() =>
        {
            signals.CheckLabels(parsed, "curious", policy);
            signals.CheckNeeds(parsed, "curious", policy);
        }).Message;
    }

    [Fact]
    public void Half_of_the_predictions_is_not_enough()
    {
        var (signals, parsed) = Parse("--confidences", "c.npy");
        Assert.Contains("--correct", Assert.Throws<UsageException>(() => signals.CheckNeeds(parsed, "curious", new Curious([Signal.Confidence, Signal.Correct]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_given_reaches_the_policy_but_for_samples_never_seen()
    {
        var (signals, parsed) = Parse(
            "--labels", _folder.Array<int>("y.npy", [2, 0, 1]), "--confidences", _folder.Array<float>("c.npy", [0.9f, 0.5f, 1]),
            "--correct", _folder.Array<byte>("k.npy", [1, 1, 0]), "--batch-losses", _folder.Array<double>("b.npy", [3, 4, 5]));
        var policy = new Curious([Signal.Confidence, Signal.Correct, Signal.BatchLoss], labels: true);
        signals.CheckLabels(parsed, "curious", policy);
        signals.CheckNeeds(parsed, "curious", policy);
        var table = new SampleTable(3, policy.Columns, signals.Labels(parsed, 3));
        signals.Tell(parsed, policy, table, [0.25f, float.NaN, float.PositiveInfinity]);
        Assert.Equal([2, 0, 1], table.Labels.ToArray());
        Assert.Equal([(0, 0.25f, 0.9f, true, 3f), (2, float.PositiveInfinity, 1f, false, 5f)], policy.Told);
        Assert.Equal([SampleFlags.Seen, SampleFlags.None, SampleFlags.Seen | SampleFlags.NonFinite], table.Flags.ToArray());
        Assert.Equal(["batch_losses", "confidences", "correct", "labels"], signals.Fingerprints(parsed).Keys);
    }

    [Fact]
    public void Files_that_cannot_be_meant_are_refused_with_the_remedy()
    {
        Assert.Contains("y.astype('int64')", Refuse("--labels", _folder.Array<float>("a.npy", [0, 1, 2])), StringComparison.Ordinal);
        Assert.Contains("label -1 of sample 2", Refuse("--labels", _folder.Array<long>("b.npy", [0, 1, -1])), StringComparison.Ordinal);
        Assert.Contains("label 4294967297 of sample 1", Refuse("--labels", _folder.Array<long>("b.npy", [0, (1L << 32) + 1, 2])), StringComparison.Ordinal);
        Assert.Contains("element 2 is 18446744073709551615; no label is so large", Refuse("--labels", _folder.Array<ulong>("b.npy", [0, 1, ulong.MaxValue])), StringComparison.Ordinal);
        Assert.Contains("one number for each of the 3 losses", Refuse("--labels", _folder.Array<long>("c.npy", [0, 1])), StringComparison.Ordinal);
        Assert.Contains("not the logit", Refuse("--confidences", _folder.Array<float>("d.npy", [0, 1, 1.5f])), StringComparison.Ordinal);
        Assert.Contains("c.npy: confidences[1] is -0.5; a confidence is", Refuse("--confidences", _folder.Array<double>("c.npy", [0, -0.5, 1])), StringComparison.Ordinal);
        Assert.Contains("(predicted == y)", Refuse("--correct", _folder.Array<long>("e.npy", [0, 1, 2])), StringComparison.Ordinal);
        Assert.Contains("e.npy: correct[2] is 256; it is 0 or 1", Refuse("--correct", _folder.Array<short>("e.npy", [0, 1, 256])), StringComparison.Ordinal);
        Assert.Contains("element 0 is 9223372036854775808; it is 0 or 1", Refuse("--correct", _folder.Array<ulong>("e.npy", [1UL << 63, 1, 0])), StringComparison.Ordinal);
        Assert.Contains("(predicted == y)", Refuse("--correct", _folder.Array<float>("f.npy", [0, 1, 1])), StringComparison.Ordinal);
        Assert.Contains(".astype('float32')", Refuse("--batch-losses", _folder.Array<long>("g.npy", [0, 1, 2])), StringComparison.Ordinal);
        Assert.Contains("no such file", Refuse("--labels", _folder.At("missing.npy")), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_every_type_are_taken_exactly_or_not_at_all()
    {
        var random = new Random(11);
        for (var round = 0; round < 30; round++)
        {
            // In the lowest 8, 16 or 32 bits of the large ones stand small ones.
            long[] values = [.. Enumerable.Range(0, 3).Select(_ => random.Next(2) + (random.Next(4) == 0 ? new[] { 2L, 256, 65536, 1L << 32, 1L << 40, -1L << 40, -2 }[random.Next(7)] : 0))];
            Taken<sbyte>(values);
            Taken<byte>(values);
            Taken<short>(values);
            Taken<ushort>(values);
            Taken<int>(values);
            Taken<uint>(values);
            Taken<long>(values);
            Taken<ulong>(values);
            Refused<float>(values);
            Refused<double>(values);
            Refused<Half>(values);
        }

        bool[] mask = [true, false, true];
        var file = _folder.Array<bool>("v.npy", mask);
        Assert.Equal([1f, 0, 1], PlanSignals.Correct(file, 3));
        Assert.Equal([1, 0, 1], PlanSignals.Labels(file, 3));
        Assert.Contains("flatnonzero", Assert.ThrowsAny<DataException>(() => PlanSignals.Ids(file, 3)).Message, StringComparison.Ordinal);
    }

    // What a type can't hold is another number in it, such as 0 for 256 in a byte: a number like any other.
    private void Taken<T>(long[] drawn)
        where T : unmanaged, INumber<T>
    {
        T[] values = [.. drawn.Select(T.CreateTruncating)];
        var file = _folder.Array<T>("v.npy", values);
        BigInteger[] numbers = [.. values.Select(BigInteger.CreateChecked)];
        Same(numbers, static number => number is { IsOne: true } or { IsZero: true }, () => PlanSignals.Correct(file, 3).Select(static right => (BigInteger)right));
        Same(numbers, static number => number >= 0 && number < SignalRules.FewClasses, () => PlanSignals.Labels(file, 3).Select(static label => (BigInteger)label));
        // Whether there is such a sample is the pruner's to say.
        Same(numbers, static number => number <= long.MaxValue, () => PlanSignals.Ids(file, 3).Select(static id => (BigInteger)id));
    }

    private static void Same(BigInteger[] numbers, Predicate<BigInteger> possible, Func<IEnumerable<BigInteger>> read)
    {
        if (Array.TrueForAll(numbers, possible))
        {
            Assert.Equal(numbers, read());
            return;
        }

        // Any of the wrong ones: those beyond 64 bits are found first.
        var message = Assert.ThrowsAny<DataException>(read).Message;
        Assert.Contains(numbers, number => !possible(number) && (message.Contains($" is {number};", StringComparison.Ordinal) || message.Contains($" label {number} of ", StringComparison.Ordinal)));
    }

    private void Refused<T>(long[] drawn)
        where T : unmanaged, INumber<T>
    {
        var file = _folder.Array<T>("v.npy", [.. drawn.Select(T.CreateTruncating)]);
        Assert.Contains("keep them integers", Assert.ThrowsAny<DataException>(() => PlanSignals.Ids(file, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("labels are whole numbers", Assert.ThrowsAny<DataException>(() => PlanSignals.Labels(file, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("booleans or 0 and 1", Assert.ThrowsAny<DataException>(() => PlanSignals.Correct(file, 3)).Message, StringComparison.Ordinal);
    }

    private string Refuse(params string[] args)
    {
        var (signals, parsed) = Parse(args);
        return Assert.ThrowsAny<DataException>(() =>
        {
            _ = signals.Labels(parsed, 3);
            signals.Tell(parsed, new Curious([]), new SampleTable(3, []), [1, 2, 3]);
        }).Message;
    }

    private static (PlanSignals Signals, ParseResult Parsed) Parse(params string[] args)
    {
        var signals = new PlanSignals();
        var command = new Command("plan");
        signals.AddTo(command);
        return (signals, command.Parse(args));
    }

    private sealed class Curious(Signal[] needs, bool labels = false) : IPruningPolicy
    {
        public List<(int Id, float Loss, float Confidence, bool Correct, float BatchLoss)> Told { get; } = [];

        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => needs;

        public bool NeedsLabels => labels;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (var i = 0; i < batch.Ids.Length && !batch[Signal.Correct].IsEmpty && !batch[Signal.Confidence].IsEmpty; i++)
            {
                Told.Add(((int)batch.Ids[i], batch.Losses[i], batch[Signal.Confidence][i], batch[Signal.Correct][i] == 1, batch[Signal.BatchLoss][i]));
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights) => weights.Fill(1);
    }
}
