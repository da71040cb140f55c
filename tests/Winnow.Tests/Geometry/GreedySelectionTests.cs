using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class GreedySelectionTests
{
    private static float[] Symmetric(int n, int levels, ulong seed)
    {
        var drawn = Points.Coarse(n, n, levels, seed);
        var s = new float[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                s[(i * n) + j] = drawn[(Math.Max(i, j) * n) + Math.Min(i, j)];
            }
        }

        return s;
    }

    private static double Covered(float[] s, int n, IEnumerable<int> set) => Enumerable.Range(0, n).Sum(i => set.Select(j => (double)s[(i * n) + j]).DefaultIfEmpty(0).Max());

    private static double Cut(float[] s, int n, IReadOnlyCollection<int> set, double lambda) =>
        (lambda * set.Sum(j => Enumerable.Range(0, n).Sum(i => (double)s[(i * n) + j]))) - set.Sum(a => set.Sum(b => (double)s[(a * n) + b]));

    [Fact]
    public void Facility_location_is_worth_at_least_what_it_promises()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            const int N = 12;
            var s = Symmetric(N, 1000, seed);
            using var matrix = SimilarityMatrix.Of(s, N);
            for (var k = 1; k <= 4; k++)
            {
                var best = Enumerable.Range(0, 1 << N).Where(m => int.PopCount(m) == k).Max(m => Covered(s, N, Enumerable.Range(0, N).Where(j => (m >> j & 1) == 1)));
                FacilityLocation function = new(matrix);
                var picks = GreedySelection.Lazy(function, k).ToArray();
                var value = Covered(s, N, picks.Select(static p => p.Id));
                Assert.True(value >= (1 - Math.Exp(-1)) * best);
                Assert.Equal(value, picks.Sum(static p => p.Gain), 1e-9);
                Assert.Equal(value, function.Value, 1e-9);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(1 << 20)]
    public void Gains_are_what_the_functions_grow_by_and_lazy_is_naive_to_the_id(int levels)
    {
        const int N = 150;
        var s = Symmetric(N, levels, 9);
        using var matrix = SimilarityMatrix.Of(s, N);
        var covered = GreedySelection.Naive(new FacilityLocation(matrix), N).ToArray();
        var cut = GreedySelection.Naive(new GraphCut(matrix, 1.5), N).ToArray();
        for (var step = 0; step < 40; step++)
        {
            int[] before = [.. covered.Take(step).Select(static p => p.Id)], cutBefore = [.. cut.Take(step).Select(static p => p.Id)];
            var (gain, id) = Largest(before, j => Covered(s, N, [.. before, j]) - Covered(s, N, before));
            Assert.Equal(id, covered[step].Id);
            Assert.Equal(gain, covered[step].Gain, 1e-6 * Math.Max(1, gain));
            (gain, id) = Largest(cutBefore, j => Cut(s, N, [.. cutBefore, j], 1.5) - Cut(s, N, cutBefore, 1.5));
            Assert.Equal(id, cut[step].Id);
            Assert.Equal(gain, cut[step].Gain, 1e-3);
        }

        Assert.Equal(covered, GreedySelection.Lazy(new FacilityLocation(matrix), N));
        Assert.Equal(cut, GreedySelection.Lazy(new GraphCut(matrix, 1.5), N));
        // An epsilon so small that every item is looked at.
        Assert.Equal(covered, GreedySelection.Stochastic(new FacilityLocation(matrix), N, 1, double.Epsilon));
        Assert.Equal(Enumerable.Range(0, N), covered.Select(static p => p.Id).Order());

        (double Gain, int Id) Largest(int[] before, Func<int, double> gain) =>
            Enumerable.Range(0, N).Except(before).Select(j => (Gain: Math.Round(gain(j), 6), Id: j)).OrderByDescending(static g => g.Gain).ThenBy(static g => g.Id).First();
    }

    [Fact]
    public void Graph_cut_can_leave_out_the_diagonal()
    {
        const int N = 20;
        var s = Symmetric(N, 100, 3);
        using var matrix = SimilarityMatrix.Of(s, N);
        var with = GreedySelection.Naive(new GraphCut(matrix), 1).Single();
        var without = GreedySelection.Naive(new GraphCut(matrix, 1, diagonal: false), N).ToDictionary(static p => p.Id);
        Assert.Equal(Cut(s, N, [with.Id], 1), with.Gain, 1e-9);
        Assert.Equal(Enumerable.Range(0, N).Max(j => Enumerable.Range(0, N).Sum(i => (double)s[(i * N) + j])), without.Values.Max(static p => p.Gain), 1e-9);
    }

    [Theory]
    [InlineData(Similarity.Cosine)]
    [InlineData(Similarity.Distance)]
    public void From_embeddings_it_is_the_same_bits_kept_computed_lazy_naive_and_on_any_threads(Similarity similarity)
    {
        // Doubled rows: every gain comes at least twice.
        var half = Points.Grouped(300, 11, 12, 1);
        var matrix = Points.Matrix([.. half, .. half], 11);
        var all = Points.Everywhere(threads =>
        {
            List<GreedyPick[]> found = [];
            foreach (var memory in new long?[] { null, (long)ComputedSimilarities.Bytes(matrix, threads) + 1 })
            {
                using var similarities = SimilarityMatrix.Of(matrix, similarity, new() { Threads = threads, MaxMemory = memory });
                found.Add([.. GreedySelection.Naive(new FacilityLocation(similarities), 60)]);
                found.Add([.. GreedySelection.Lazy(new FacilityLocation(similarities), 60)]);
            }

            return found;
        }).SelectMany(static f => f).ToList();
        Assert.All(all, other => Assert.Equal(all[0], other));
        Assert.All(all[0].Take(12), static p => Assert.True(p.Id < 300));
    }

    [Fact]
    public void Stochastic_selection_comes_near_by_fewer_looks()
    {
        Assert.Equal(24, GreedySelection.PartSize(50_000, 5000, 0.1));
        Assert.Equal(47, GreedySelection.PartSize(50_000, 5000, 0.01));
        Assert.Equal(2, GreedySelection.PartSize(50_000, 5000, 0.9));
        Assert.Equal(10, GreedySelection.PartSize(10, 1, 0.1));
        var matrix = Points.Matrix(Points.Grouped(800, 6, 30, 1), 6);
        using var similarities = SimilarityMatrix.Of(matrix);
        FacilityLocation best = new(similarities), near = new(similarities), again = new(similarities), other = new(similarities);
        _ = GreedySelection.Lazy(best, 40).Count();
        var picks = GreedySelection.Stochastic(near, 40, 7).ToArray();
        Assert.Equal(40, picks.Select(static p => p.Id).Distinct().Count());
        Assert.InRange(near.Value, 0.95 * best.Value, best.Value);
        Assert.Equal(picks, GreedySelection.Stochastic(again, 40, 7));
        Assert.NotEqual(picks, GreedySelection.Stochastic(other, 40, 8));
    }

    [Fact]
    public void Takes_nothing_all_and_one_and_refuses_more()
    {
        using var one = SimilarityMatrix.Of(new float[] { 2 }, 1);
        using var none = SimilarityMatrix.Of(ReadOnlyMemory<float>.Empty, 0);
        Assert.Empty(GreedySelection.Lazy(new FacilityLocation(none), 0));
        Assert.Empty(GreedySelection.Naive(new FacilityLocation(one), 0));
        Assert.Equal([new(0, 2)], GreedySelection.Lazy(new FacilityLocation(one), 1));
        Assert.Equal([new(0, 0)], GreedySelection.Lazy(new GraphCut(one), 1));
        Assert.Equal([new(0, 2)], GreedySelection.Stochastic(new FacilityLocation(one), 1, 1));
        Assert.Contains("2 items to be selected of 1", Assert.Throws<ArgumentException>(() => GreedySelection.Lazy(new FacilityLocation(one), 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => GreedySelection.Stochastic(new FacilityLocation(one), 1, 1, 1));
        Assert.Throws<ArgumentException>(() => new GraphCut(one, -1));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => GreedySelection.Lazy(new FacilityLocation(one), 1, stop.Token).Count());
    }
}
