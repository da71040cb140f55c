using Winnow.Geometry;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Votes of a target set for the classes of a source set.</summary>
public sealed class TransferVotesTests
{
    [Fact]
    public void By_labels_each_target_sample_votes_for_what_it_is_taken_for()
    {
        float[] probabilities = [0.1f, 0.7f, 0.2f, 0.4f, 0.2f, 0.4f, 0, 0, 1, 0.2f, 0.5f, 0.3f];
        var votes = TransferVotes.ByLabels(probabilities, 3);
        Assert.Equal([1, 2, 1], votes);
        Assert.Equal([1, 0], TransferVotes.Best(votes, 2));
        Assert.Equal([0, 2, 1], TransferVotes.Best(votes, 3, fewest: true));
        Assert.Equal([0, 2, 3], TransferVotes.Samples([1, 2, 0, 1], [1, 0]));
        Assert.Empty(TransferVotes.Best(votes, 0));
        Assert.Equal([0, 0], TransferVotes.ByLabels([], 2));
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public void By_features_each_votes_for_the_nearest_mean(Metric metric)
    {
        const int Source = 200, Target = 90, Width = SelectionInputs.Width;
        float[] source = SelectionInputs.Rows(Source, 1), target = SelectionInputs.Rows(Target, 2);
        // A class without samples among them.
        int[] labels = [.. SelectionInputs.Labels(Source, 1).Select(static label => label >= 2 ? label + 1 : label)];
        var votes = TransferVotes.ByFeatures(EmbeddingMatrix.Of(target, Width), EmbeddingMatrix.Of(source, Width), labels, metric);
        double[][] means = [.. Enumerable.Range(0, 5).Select(c => Enumerable.Range(0, Width).Select(k => Enumerable.Range(0, Source).Where(i => labels[i] == c).Select(i => (double)source[(i * Width) + k]).DefaultIfEmpty(double.NaN).Average()).ToArray())];
        var expected = new int[5];
        for (var i = 0; i < Target; i++)
        {
            double[] row = [.. target.Skip(i * Width).Take(Width).Select(static x => (double)x)];
            double Dot(double[] x, double[] y) => x.Zip(y, static (a, b) => a * b).Sum();
            double Away(double[] mean) => metric == Metric.Cosine ? 1 - (Dot(row, mean) / Math.Sqrt(Dot(row, row) * Dot(mean, mean))) : row.Zip(mean, static (a, b) => (a - b) * (a - b)).Sum();
            expected[Enumerable.Range(0, 5).Where(c => c != 2).MinBy(c => Away(means[c]))]++;
        }

        // One a class, and not one a sample as where a published script writes the vote to the sample's place.
        Assert.Equal(expected, votes);
        Assert.Equal(Target, votes.Sum());
        Assert.Equal(0, votes[2]);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        var rows = EmbeddingMatrix.Of(new float[] { 1, 2 }, 1);
        Says("5 probabilities aren't whole rows of 3", static () => TransferVotes.ByLabels([0, 0, 0, 0, 0], 3));
        Says("target sample 1 is NaN", static () => TransferVotes.ByLabels([0, 1, float.NaN, 1], 2));
        Says("1 labels for 2", () => TransferVotes.ByFeatures(rows, rows, [0]));
        Says("label of source sample 1 is -1", () => TransferVotes.ByFeatures(rows, rows, [0, -1]));
        Says("have 2 numbers and those of the source 1", () => TransferVotes.ByFeatures(EmbeddingMatrix.Of(new float[] { 1, 2 }, 2), rows, [0, 1]));
        Says("of the queries, row 0", () => TransferVotes.ByFeatures(EmbeddingMatrix.Of(new[] { float.NaN }, 1), rows, [0, 1]));
        Says("row 1", () => TransferVotes.ByFeatures(rows, EmbeddingMatrix.Of(new[] { 1, float.NaN }, 1), [0, 1]));
        Says("4 classes are to be kept of 3", static () => TransferVotes.Best([1, 2, 3], 4));

        static void Says(string text, Action act) => Assert.Contains(text, Assert.Throws<SelectionException>(act).Message, StringComparison.Ordinal);
    }
}
