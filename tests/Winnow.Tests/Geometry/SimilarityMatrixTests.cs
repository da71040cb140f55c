using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class SimilarityMatrixTests
{
    // Too little for all similarities, enough for the buffers.
    private static SimilarityOptions Computed(EmbeddingMatrix matrix, int threads = 0) =>
        new() { Threads = threads, MaxMemory = (long)ComputedSimilarities.Bytes(matrix, threads) + 1 };

    private static float[] All(SimilarityMatrix similarities)
    {
        var all = new float[similarities.Count * similarities.Count];
        var own = new double[similarities.Count];
        similarities.Diagonal(own);
        for (var i = 0; i < similarities.Count; i++)
        {
            similarities.Column(i, all.AsSpan(i * similarities.Count, similarities.Count));
            Assert.Equal(all[(i * similarities.Count) + i], own[i]);
        }

        return all;
    }

    [Theory]
    [InlineData(1, 3, Similarity.Cosine)]
    [InlineData(300, 1, Similarity.Distance)]
    [InlineData(500, 19, Similarity.Cosine)]
    [InlineData(500, 19, Similarity.Distance)]
    [InlineData(500, 19, Similarity.SquaredDistance)]
    [InlineData(500, 19, Similarity.SquaredCosine)]
    public void Are_the_same_bits_kept_or_computed_anywhere(int n, int width, Similarity similarity)
    {
        var values = Points.Normal(n, width, 2);
        var matrix = Points.Matrix(values, width);
        var kept = Points.Everywhere(threads =>
        {
            using var all = SimilarityMatrix.Of(matrix, similarity, new() { Threads = threads });
            Assert.True(all.IsKept);
            return All(all);
        });
        var computed = Points.Everywhere(threads =>
        {
            using var some = SimilarityMatrix.Of(matrix, similarity, Computed(matrix, threads));
            Assert.False(some.IsKept);
            return All(some);
        });
        Assert.All(kept.Concat(computed), other => Assert.Equal(Points.Bits(kept[0]), Points.Bits(other)));

        var byAngle = similarity is Similarity.Cosine or Similarity.SquaredCosine;
        double Away(int i, int j) => Points.Distance(values, width, i, j, byAngle ? Metric.Cosine : Metric.Euclidean) is var distance && similarity == Similarity.SquaredDistance ? distance * distance : distance;
        var largest = Enumerable.Range(0, n).Max(i => Enumerable.Range(0, n).Max(j => Away(i, j)));
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var expected = similarity switch
                {
                    Similarity.Cosine => 1 - (Away(i, j) / 2),
                    Similarity.SquaredCosine => (1 - Away(i, j)) * (1 - Away(i, j)),
                    _ => largest - Away(i, j),
                };
                Assert.Equal(expected, kept[0][(i * n) + j], byAngle ? 1e-5 : 2e-3);
                Assert.Equal(kept[0][(i * n) + j], kept[0][(j * n) + i]);
            }
        }
    }

    [Fact]
    public void Crosses_blocks_of_rows()
    {
        var values = Points.Normal(9000, 3, 3);
        var matrix = Points.Matrix(values, 3);
        using var kept = SimilarityMatrix.Of(matrix);
        using var computed = SimilarityMatrix.Of(matrix, Similarity.Cosine, Computed(matrix));
        Assert.True(kept.IsKept && !computed.IsKept);
        float[] one = new float[9000], other = new float[9000];
        foreach (var item in new[] { 0, 8191, 8192, 8999 })
        {
            kept.Column(item, one);
            computed.Column(item, other);
            Assert.Equal(Points.Bits(one), Points.Bits(other));
            Assert.Equal(1 - (Points.Distance(values, 3, item, 8500, Metric.Cosine) / 2), one[8500], 1e-5);
        }

        FacilityLocation a = new(kept), b = new(computed);
        Assert.Equal(GreedySelection.Lazy(a, 5).ToArray(), GreedySelection.Lazy(b, 5).ToArray());
        GraphCut c = new(kept), d = new(computed);
        Assert.Equal(GreedySelection.Lazy(c, 5).ToArray(), GreedySelection.Lazy(d, 5).ToArray());
    }

    [Fact]
    public void Equal_rows_are_at_no_distance()
    {
        var half = Points.Normal(50, 9, 8);
        using var similarities = SimilarityMatrix.Of(Points.Matrix([.. half, .. half], 9), Similarity.Distance);
        var all = All(similarities);
        Assert.Equal(0, all.Min());
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(all.Max(), all[(i * 100) + i + 50]));
    }

    [Fact]
    public void Refuses_what_isnt_a_similarity()
    {
        Says("3 similarities of 2 rows: there must be 4", static () => SimilarityMatrix.Of(new float[3], 2));
        Says("the similarity of 0 and 1 is -1", static () => SimilarityMatrix.Of(new float[] { 1, -1, -1, 1 }, 2));
        Says("the similarity of 1 and 1 is NaN", static () => SimilarityMatrix.Of(new[] { 1, 0, 0, float.NaN }, 2));
        Says("the similarity of 1 and 0 is 3, that of 0 and 1 is 2", static () => SimilarityMatrix.Of(new float[] { 1, 2, 3, 1 }, 2));
        Says("row 1 has length 0", static () => SimilarityMatrix.Of(Points.Matrix([1, 2, 0, 0], 2)));
        Says("row 0 holds NaN", static () => SimilarityMatrix.Of(Points.Matrix([float.NaN, 2], 2), Similarity.Distance));
        Says("5 is no similarity", static () => SimilarityMatrix.Of(Points.Matrix([1], 1), (Similarity)5));
        Assert.Throws<WorkingMemoryException>(static () => SimilarityMatrix.Of(Points.Matrix([1], 1), Similarity.Cosine, new() { MaxMemory = 10 }));

        static void Says(string message, Action act) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
    }
}
