using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Data.Scores;

/// <summary>What the numbers of a classifier's output are.</summary>
public enum OutputForm
{
    /// <summary>Probabilities, which add up to 1 a sample.</summary>
    Probabilities,

    /// <summary>Logits: any finite numbers, of which the softmax is taken.</summary>
    Logits,
}

/// <summary>
/// Scores of what any trainer wrote down: a file [samples, classes] of floats an epoch, read some rows at a time. Each file stands for the visits of its epoch and, where a score asks for a pass after an
/// epoch, for that.
/// </summary>
public static class OutputScores
{
    // What half precision leaves of a sum of 1.
    private const double Tolerance = 2e-3;

    private const int Rows = 1024;

    /// <summary>Makes the scores.</summary>
    /// <param name="files">npy files of float16, float32 or float64, one an epoch, in their order; raw or gzipped.</param>
    /// <param name="form">What the numbers are.</param>
    /// <param name="labels">The class of each sample, from 0.</param>
    /// <param name="scores">The scores, with different specs.</param>
    /// <param name="progress">Told how many files are done; null for nobody.</param>
    /// <param name="stop">Ends the work between two blocks of rows.</param>
    /// <exception cref="DataException">A file can't be read, is of another length, or holds NaN or what is no probability: by file and row. Or a score needs what outputs don't tell.</exception>
    /// <exception cref="ScoreException">There are fewer files than epochs that a score needs.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<ScoreValues> Make(IReadOnlyList<string> files, OutputForm form, ReadOnlyMemory<int> labels, IReadOnlyList<ISampleScore> scores, Action<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(scores);
        if (files.Count == 0)
        {
            throw new DataException("there are no files of outputs; give one an epoch.");
        }

        foreach (var score in scores)
        {
            Signal[] missing = [.. score.Needs.Except(ClassRow.Signals)];
            if (missing.Length > 0)
            {
                throw new DataException($"the score {score} needs {string.Join<Signal>(" and ", missing)} of each sample, which a classifier's outputs don't tell; they tell {string.Join<Signal>(", ", ClassRow.Signals)}. Train here to have it.");
            }
        }

        var set = new ScoreSet(labels.Length, scores, files.Count);
        int? classes = null;
        var largest = LargestLabel(labels.Span);
        for (var epoch = 0; epoch < files.Count; epoch++)
        {
            using var rows = new OutputRows(files[epoch]);
            if (rows.Count != labels.Length)
            {
                throw new DataException($"{files[epoch]} has {rows.Count} rows, and there are {labels.Length} labels; a row is a sample, in the order of the labels.");
            }

            if (rows.Classes != (classes ??= rows.Classes))
            {
                throw new DataException($"{files[epoch]} has {rows.Classes} classes, and {files[0]} has {classes}; all files are of one training.");
            }

            if (labels.Span[largest] >= rows.Classes)
            {
                throw new DataException($"label {labels.Span[largest]} of sample {largest} has no column in {files[epoch]}, which has {rows.Classes}; classes count from 0.");
            }

            new Epoch(set, files[epoch], form, labels, epoch).Take(rows, stop);
            progress?.Invoke(epoch + 1);
        }

        return set.Results();
    }

    private static int LargestLabel(ReadOnlySpan<int> labels)
    {
        var largest = 0;
        for (var i = 1; i < labels.Length; i++)
        {
            largest = labels[i] > labels[largest] ? i : largest;
        }

        return largest;
    }

    /// <summary>One file on its way into the scores.</summary>
    private sealed class Epoch(ScoreSet set, string file, OutputForm form, ReadOnlyMemory<int> labels, int epoch)
    {
        private readonly RunningScore[] _wanting = [.. set.All.Where(score => score.Wants(score.Score.Evidence, epoch))];
        private readonly Signal[] _signals = [.. set.Needs(ScoreEvidence.Visits, epoch).Union(set.Needs(ScoreEvidence.Pass, epoch))];

        public void Take(OutputRows rows, CancellationToken stop)
        {
            var classes = rows.Classes;
            var (outputs, room) = (new float[Math.Min(Rows, labels.Length) * classes], new double[classes]);
            var (ids, values) = (new long[Rows], Array.ConvertAll(_signals, static _ => new float[Rows]));
            for (int start = 0, length; start < labels.Length; start += length)
            {
                stop.ThrowIfCancellationRequested();
                length = Math.Min(Rows, labels.Length - start);
                rows.Read(outputs.AsSpan(0, length * classes));
                for (var k = 0; k < length; k++)
                {
                    ids[k] = start + k;
                    var row = Row(outputs.AsSpan(k * classes, classes), start + k, room);
                    for (var s = 0; s < _signals.Length; s++)
                    {
                        values[s][k] = Number(row, _signals[s], start + k);
                    }
                }

                Tell(ids, values, length);
            }

            rows.End();
        }

        private void Tell(long[] ids, float[][] values, int length)
        {
            foreach (var score in _wanting)
            {
                var batch = new BatchSignals { Ids = ids.AsSpan(0, length), Epoch = epoch };
                foreach (var needed in score.Score.Needs)
                {
                    batch = batch.With(needed, values[Array.IndexOf(_signals, needed)].AsSpan(0, length));
                }

                score.Observe(batch);
            }
        }

        private ClassRow Row(ReadOnlySpan<float> outputs, int sample, double[] room)
        {
            double sum = 0;
            for (var j = 0; j < outputs.Length; j++)
            {
                if (!float.IsFinite(outputs[j]))
                {
                    throw new DataException(FormattableString.Invariant($"{file}: row {sample} holds {outputs[j]} for class {j}; outputs are finite numbers."));
                }

                if (form == OutputForm.Probabilities && outputs[j] is not (>= 0 and <= 1))
                {
                    throw new DataException(FormattableString.Invariant($"{file}: row {sample} holds {outputs[j]} for class {j}, which is no probability, in [0, 1]; numbers before the softmax are logits, and have to be given as such."));
                }

                sum += outputs[j];
            }

            if (form == OutputForm.Logits)
            {
                return ClassRow.OfLogits(outputs, labels.Span[sample], room);
            }

            return Math.Abs(sum - 1) <= Tolerance
                ? ClassRow.OfProbabilities(outputs, labels.Span[sample], room)
                : throw new DataException(FormattableString.Invariant($"{file}: row {sample} adds up to {sum:0.####}, and probabilities add up to 1; numbers before the softmax are logits, and have to be given as such."));
        }

        private float Number(in ClassRow row, Signal signal, int sample)
        {
            var value = row[signal];
            return float.IsFinite(value) ? value
                : throw new DataException($"{file}: row {sample} holds a probability of 0, of which there is no {signal}; give logits, or leave out the scores that need it.");
        }
    }
}
