using Winnow.Numerics;
using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

/// <summary>A made-up training: logits of every sample in every epoch, once at its visit and once in a pass after the epoch. References read the probabilities; scores are told signals.</summary>
internal sealed class Dynamics
{
    private readonly float[] _visits, _passes;

    public Dynamics(int count, int classes, int epochs, ulong seed = 1)
    {
        (Count, Classes, Epochs) = (count, classes, epochs);
        var draws = Rng.Derive(seed, 0, "dynamics").Sequence();
        Labels = [.. Enumerable.Range(0, count).Select(_ => (int)draws.Next((uint)classes))];
        _visits = Draw();
        _passes = Draw();
        Features = [.. Enumerable.Range(0, count * epochs).Select(_ => draws.NextDouble() * 10)];

        float[] Draw()
        {
            var logits = new float[epochs * count * classes];
            for (var e = 0; e < epochs; e++)
            {
                for (var i = 0; i < count; i++)
                {
                    for (var j = 0; j < classes; j++)
                    {
                        // Labels are learned slowly, some samples faster than others, and much is noise.
                        var learned = j == Labels[i] ? 0.02 * (i % 20) * e : 0;
                        logits[(((e * count) + i) * classes) + j] = (float)((draws.NextDouble() * 3) + learned);
                    }
                }
            }

            return logits;
        }
    }

    public int Count { get; }

    public int Classes { get; }

    public int Epochs { get; }

    public int[] Labels { get; }

    /// <summary>Lengths of features at the passes.</summary>
    public double[] Features { get; }

    public ReadOnlySpan<float> Logits(int epoch, int id, bool pass = false) => (pass ? _passes : _visits).AsSpan(((epoch * Count) + id) * Classes, Classes);

    /// <summary>The softmax, as anyone would write it down.</summary>
    public double[] Probabilities(int epoch, int id, bool pass = false)
    {
        var exponentials = Logits(epoch, id, pass).ToArray().Select(static z => Math.Exp(z)).ToArray();
        return [.. exponentials.Select(e => e / exponentials.Sum())];
    }

    public double ErrorNorm(int epoch, int id, bool pass = false) =>
        Math.Sqrt(Probabilities(epoch, id, pass).Select((p, j) => j == Labels[id] ? p - 1 : p).Sum(static e => e * e));

    public bool Correct(int epoch, int id) => Logits(epoch, id).ToArray() is var z && Array.IndexOf(z, z.Max()) == Labels[id];

    /// <summary>What a signal is of some samples.</summary>
    public float[] Signal(Signal signal, int epoch, IEnumerable<int> ids, bool pass)
    {
        var room = new double[Classes];
        return [.. ids.Select(id =>
        {
            var row = ClassRow.OfLogits(Logits(epoch, id, pass), Labels[id], room);
            var last = (float)ClassRow.LastLayerGradient(row.ErrorNorm, Features[(epoch * Count) + id]);

            // Over all layers it is longer, by what only a network would tell.
            return signal == ScoreSignals.LastLayerGradient ? last : signal == ScoreSignals.FullGradient ? last * (1 + (id % 3)) : row[signal];
        })];
    }

    /// <summary>Tells a score an epoch's visits or pass of some samples, in that order.</summary>
    public void Tell(RunningScore score, int epoch, int[] ids)
    {
        foreach (var evidence in new[] { ScoreEvidence.Visits, ScoreEvidence.Pass })
        {
            if (!score.Wants(evidence, epoch))
            {
                continue;
            }

            var batch = new BatchSignals { Ids = Array.ConvertAll(ids, static id => (long)id), Epoch = epoch };
            foreach (var signal in score.Score.Needs)
            {
                batch = batch.With(signal, Signal(signal, epoch, ids, evidence == ScoreEvidence.Pass));
            }

            score.Observe(batch);
        }
    }

    /// <summary>A score over the whole training, the samples of each epoch in an order of its own.</summary>
    public float[] Run(string spec, int batch = 7)
    {
        var scores = new ScoreSet(Count, [ScoreCatalog.Parse(spec)], Epochs);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            foreach (var ids in Order(epoch).Chunk(batch))
            {
                Tell(scores.All[0], epoch, ids);
            }
        }

        return scores.Results()[0].Values.ToArray();
    }

    public int[] Order(int epoch)
    {
        var draws = Rng.Derive(9, epoch, "order").Sequence();
        var ids = Enumerable.Range(0, Count).ToArray();
        for (var i = Count - 1; i > 0; i--)
        {
            var k = (int)draws.Next((uint)i + 1);
            (ids[i], ids[k]) = (ids[k], ids[i]);
        }

        return ids;
    }

    /// <summary>Holds a score against a reference, sample by sample, to six digits.</summary>
    public void AssertEqual(Func<int, double> reference, string spec)
    {
        var scores = Run(spec);
        for (var id = 0; id < Count; id++)
        {
            var expected = reference(id);
            Assert.True(Math.Abs(scores[id] - expected) <= 1e-6 * Math.Max(1, Math.Abs(expected)), $"{spec} of sample {id} is {scores[id]} and should be {expected}");
        }
    }

    public static Dynamics Small { get; } = new(count: 60, classes: 5, epochs: 25);
}
