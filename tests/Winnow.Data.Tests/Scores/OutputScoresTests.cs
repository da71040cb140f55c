using System.IO.Compression;
using Winnow.Data.Formats;
using Winnow.Data.Scores;
using Winnow.Numerics;
using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Data.Tests.Scores;

public sealed class OutputScoresTests : IDisposable
{
    private const int Count = 3000, Classes = 4, Epochs = 12;

    private readonly TemporaryFolder _folder = new();

    private readonly float[][] _logits;

    private readonly int[] _labels;

    public OutputScoresTests()
    {
        var draws = Rng.Derive(1, 0, "test").Sequence();
        _logits = [.. Enumerable.Range(0, Epochs).Select(_ => Enumerable.Range(0, Count * Classes).Select(_ => (float)(draws.NextDouble() * 6)).ToArray())];
        _labels = [.. Enumerable.Range(0, Count).Select(_ => (int)draws.Next(Classes))];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Are_those_of_the_same_numbers_told_one_by_one()
    {
        var files = Files(static logits => NpyArray.Create<float>(logits, Count, Classes));
        ISampleScore[] scores = [.. ScoreCatalog.All.Where(static score => score.Name != "grand").Select(static score => ScoreCatalog.Parse(score.Name))];
        var made = OutputScores.Make(files, OutputForm.Logits, _labels, scores);
        var set = new ScoreSet(Count, scores, Epochs);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            for (var id = 0; id < Count; id++)
            {
                var row = ClassRow.OfLogits(_logits[epoch].AsSpan(id * Classes, Classes), _labels[id], new double[Classes]);
                foreach (var score in set.All.Where(score => score.Wants(score.Score.Evidence, epoch)))
                {
                    var batch = new BatchSignals { Ids = [id], Epoch = epoch };
                    foreach (var signal in score.Score.Needs)
                    {
                        batch = batch.With(signal, new[] { row[signal] });
                    }

                    score.Observe(batch);
                }
            }
        }

        foreach (var (expected, found) in set.Results().Zip(made))
        {
            Assert.Equal(expected.Spec, found.Spec);
            Assert.Equal(expected.Values.ToArray(), found.Values.ToArray());
        }
    }

    [Fact]
    public void Are_nearly_the_same_of_probabilities_in_any_precision_and_packed()
    {
        ISampleScore[] scores = [new AumScore(), new ForgettingScore(), new El2nScore(), new DynUncScore { Window = 5 }];
        var exact = OutputScores.Make(Files(static logits => NpyArray.Create<float>(logits, Count, Classes)), OutputForm.Logits, _labels, scores);
        foreach (var (make, tolerance) in new (Func<float[], NpyArray>, double)[]
        {
            (static logits => NpyArray.Create<float>(Softmax(logits), Count, Classes), 1e-5),
            (static logits => NpyArray.Create<double>(Array.ConvertAll(Softmax(logits), static p => (double)p), Count, Classes), 1e-5),
            (static logits => NpyArray.Create<Half>(Array.ConvertAll(Softmax(logits), static p => (Half)p), Count, Classes), 1e-2),
        })
        {
            var made = OutputScores.Make(Packed(Files(make)), OutputForm.Probabilities, _labels, scores);
            foreach (var (expected, found) in exact.Zip(made))
            {
                var far = expected.Values.ToArray().Zip(found.Values.ToArray()).Count(pair => Math.Abs(pair.First - pair.Second) > tolerance * Math.Max(1, Math.Abs(pair.First)));

                // Rounded to half precision, two classes may come out equal.
                Assert.InRange(far, 0, tolerance > 1e-3 ? 20 : 0);
            }
        }
    }

    [Fact]
    public void Refuses_what_is_wrong_by_file_and_row()
    {
        var good = Files(static logits => NpyArray.Create<float>(Softmax(logits), Count, Classes));
        foreach (var (change, problem) in new (Func<float[], NpyArray>, string)[]
        {
            (static p => NpyArray.Create<float>(With(p, (17 * Classes) + 2, float.NaN), Count, Classes), "row 17 holds NaN for class 2"),
            (static p => NpyArray.Create<float>(With(p, 17 * Classes, -0.5f), Count, Classes), "row 17 holds -0.5 for class 0, which is no probability"),
            (static p => NpyArray.Create<float>(With(p, (2999 * Classes) + 3, 1), Count, Classes), "row 2999 adds up to 1."),
            (static p => NpyArray.Create<float>(p.AsSpan(Classes), Count - 1, Classes), $"has {Count - 1} rows, and there are {Count} labels"),
            (static p => NpyArray.Create<float>(p.AsSpan(0, Count * 3), Count, 3), "has 3 classes, and "),
            (static p => NpyArray.Create<float>(p), "floats of shape [samples, classes]"),
            (static p => NpyArray.Create<int>(new int[p.Length], Count, Classes), "floats of shape [samples, classes]"),
        })
        {
            var bad = _folder["bad.npy"];
            Npy.Write(bad, change(Softmax(_logits[1])));
            var message = Assert.ThrowsAny<DataException>(() => OutputScores.Make([good[0], bad], OutputForm.Probabilities, _labels, [new AumScore()])).Message;
            Assert.Contains(problem, message, StringComparison.Ordinal);
            Assert.StartsWith(bad, message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(_folder["torn.npy"], File.ReadAllBytes(good[0])[..^5]);
        Assert.ThrowsAny<DataException>(() => OutputScores.Make([_folder["torn.npy"]], OutputForm.Probabilities, _labels, [new AumScore()]));
        Assert.Contains("label 4 of sample 5 has no column", Refused(good[..1], [.. _labels.Select(static (y, i) => i == 5 ? 4 : y)], new AumScore()), StringComparison.Ordinal);
        Assert.Contains("grand needs last_layer_gradient of each sample, which a classifier's outputs don't tell", Refused(good, _labels, new GrandScore()), StringComparison.Ordinal);
        Assert.Contains("at least 11 epochs, and this one has 2", Assert.Throws<ScoreException>(() => OutputScores.Make(good[..2], OutputForm.Probabilities, _labels, [new DynUncScore()])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_where_a_probability_of_0_has_no_logit_and_takes_it_where_none_is_needed()
    {
        var file = _folder["zero.npy"];
        Npy.Write(file, NpyArray.Create<float>([0.5f, 0.5f, 1, 0], 2, 2));
        Assert.Contains("row 1 holds a probability of 0, of which there is no logit_margin", Refused([file], new[] { 0, 1 }, new AumScore()), StringComparison.Ordinal);
        Assert.Equal([(float)Math.Sqrt(0.5), (float)Math.Sqrt(2)], OutputScores.Make([file], OutputForm.Probabilities, new[] { 0, 1 }, [new El2nScore()])[0].Values.ToArray());
    }

    [Fact]
    public void Stops_when_it_is_told_to()
    {
        var files = Files(static logits => NpyArray.Create<float>(logits, Count, Classes));
        using var stop = new CancellationTokenSource();
        var told = new List<int>();
        Assert.Throws<OperationCanceledException>(() => OutputScores.Make(files, OutputForm.Logits, _labels, [new AumScore()], done =>
        {
            told.Add(done);
            stop.Cancel();
        }, stop.Token));
        Assert.Equal([1], told);
    }

    private string Refused(string[] files, int[] labels, ISampleScore score) => Assert.ThrowsAny<DataException>(() => OutputScores.Make(files, OutputForm.Probabilities, labels, [score])).Message;

    private string[] Files(Func<float[], NpyArray> make) => [.. _logits.Select((logits, epoch) =>
    {
        var file = _folder[$"p-{epoch}.npy"];
        Npy.Write(file, make(logits));
        return file;
    })];

    private static string[] Packed(string[] files) => Array.ConvertAll(files, static file =>
    {
        using var packed = new GZipStream(File.Create(file + ".gz"), CompressionLevel.Fastest);
        packed.Write(File.ReadAllBytes(file));
        return file + ".gz";
    });

    private static float[] Softmax(float[] logits) => [.. logits.Chunk(Classes).SelectMany(static row =>
    {
        var exponentials = row.Select(static z => Math.Exp(z)).ToArray();
        return exponentials.Select(e => (float)(e / exponentials.Sum()));
    })];

    private static float[] With(float[] values, int at, float value)
    {
        values[at] = value;
        return values;
    }
}
