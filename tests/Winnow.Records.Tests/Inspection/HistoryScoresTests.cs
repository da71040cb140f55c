using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records.Inspection;
using Winnow.Scores;

namespace Winnow.Records.Tests.Inspection;

public sealed class HistoryScoresTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("winnow-history-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Go_by_the_predictions_of_the_visits_that_were_made()
    {
        // Sample 0: right, wrong, right; 1: never right; 2: right, not visited, wrong.
        var history = History([[1, 2, 1], [1, 2, float.NaN], [1, 2, 3]], [[0, 0, 2], [1, 0, -1], [0, 2, 0]]);
        var made = HistoryScores.Make(history, [new ForgettingScore(), new CorrectnessScore()]);
        Assert.Equal([1f, 3, 1], made[0].Values.ToArray());
        Assert.Equal([2f, 0, 1], made[1].Values.ToArray());
    }

    [Fact]
    public void Refuse_by_name_what_a_record_does_not_hold()
    {
        var history = History([[1, 2, 1]], [[0, 0, 2]]);
        Assert.Contains("the score aum needs logit_margin, and a run records of each visit the loss and the prediction", Assert.Throws<DataException>(() => HistoryScores.Make(history, [new AumScore()])).Message, StringComparison.Ordinal);
        Assert.Contains("the score loss needs a pass over the samples in evaluation mode", Assert.Throws<DataException>(() => HistoryScores.Make(history, [new LossScore()])).Message, StringComparison.Ordinal);
        Assert.Contains("forgetting of sample 1 is NaN", Assert.Throws<ScoreException>(() => HistoryScores.Make(History([[1, float.NaN, 1]], [[0, -1, 2]]), [new ForgettingScore()])).Message, StringComparison.Ordinal);
        Assert.Contains("has recorded 1 of its 2 epochs", Assert.Throws<DataException>(() => HistoryScores.Make(History([[1, 1, 1], [float.NaN, float.NaN, float.NaN]], [[0, 1, 2], [-1, -1, -1]]), [new ForgettingScore()])).Message, StringComparison.Ordinal);
    }

    // Labels 0, 1, 2.
    private SampleHistory History(float[][] losses, int[][] predictions)
    {
        Npy.Write(Path.Combine(_root, "losses.npy"), NpyArray.Create<float>([.. losses.SelectMany(static row => row)], losses.Length, 3));
        Npy.Write(Path.Combine(_root, "predictions.npy"), NpyArray.Create<int>([.. predictions.SelectMany(static row => row)], losses.Length, 3));
        Npy.Write(Path.Combine(_root, "labels.npy"), NpyArray.Create<int>([0, 1, 2]));
        return SampleHistory.Read(_root);
    }
}
