using Winnow.Curation.Duplicates;

namespace Winnow.Curation.Tests.Duplicates;

public class MinHashTests
{
    [Fact]
    public void A_signature_is_the_least_of_those_of_its_shingles()
    {
        var minHash = new MinHash(21, 3);
        ulong[] shingles = [.. Enumerable.Range(0, 23).Select(static i => Words.Mix((ulong)i))];
        var singles = shingles.Select(shingle => Sign(minHash, [shingle])).ToArray();
        for (var n = 1; n <= shingles.Length; n++)
        {
            var all = Sign(minHash, shingles[..n]);
            Assert.Equal(Enumerable.Range(0, 21).Select(k => singles[..n].Min(single => single[k])), all.Take(21));
        }
    }

    [Fact]
    public void The_share_of_equal_numbers_estimates_the_similarity()
    {
        // Of 200 pairs of sets of 300 shingles with a known share in common: the mean error of an unbiased estimate is within four of its standard errors, its spread within a fifth of the binomial one.
        const int Functions = 128, Pairs = 200, Size = 300;
        var minHash = new MinHash(Functions, 1);
        var random = new Random(5);
        foreach (var shared in new[] { 30, 150, 240 })
        {
            var similarity = (double)shared / ((2 * Size) - shared);
            var errors = new double[Pairs];
            for (var pair = 0; pair < Pairs; pair++)
            {
                ulong[] pool = [.. Enumerable.Range(0, (2 * Size) - shared).Select(_ => (ulong)random.NextInt64())];
                var (a, b) = (Sign(minHash, pool[..Size]), Sign(minHash, pool[(Size - shared)..]));
                errors[pair] = (Enumerable.Range(0, Functions).Count(k => a[k] == b[k]) / (double)Functions) - similarity;
            }

            var deviation = Math.Sqrt(similarity * (1 - similarity) / Functions);
            Assert.InRange(errors.Average(), -4 * deviation / Math.Sqrt(Pairs), 4 * deviation / Math.Sqrt(Pairs));
            Assert.InRange(Math.Sqrt(errors.Average(static error => error * error)) / deviation, 0.8, 1.2);
        }
    }

    [Theory]
    [InlineData(60)]
    [InlineData(140)]
    [InlineData(180)]
    [InlineData(240)]
    public void As_many_pairs_become_candidates_as_the_curve_says(int shared)
    {
        // Pairs of sets of 300 shingles with so many in common: the share that meets in a band lies within four standard errors of 1 - (1 - s^r)^b.
        const int Size = 300, Pairs = 400;
        var bands = new Bands(14, 4);
        var minHash = new MinHash(bands.Count * bands.Rows, 9);
        var random = new Random(shared);
        var met = 0;
        Span<ulong> a = stackalloc ulong[14], b = stackalloc ulong[14];
        for (var pair = 0; pair < Pairs; pair++)
        {
            ulong[] pool = [.. Enumerable.Range(0, (2 * Size) - shared).Select(_ => (ulong)random.NextInt64())];
            bands.Keys(Sign(minHash, pool[..Size]), a);
            bands.Keys(Sign(minHash, pool[(Size - shared)..]), b);
            for (var band = 0; band < bands.Count; band++)
            {
                if (a[band] == b[band])
                {
                    met++;
                    break;
                }
            }
        }

        var recall = bands.Recall((double)shared / ((2 * Size) - shared));
        Assert.InRange((double)met / Pairs, recall - (4 * Math.Sqrt(recall * (1 - recall) / Pairs)) - 0.001, recall + (4 * Math.Sqrt(recall * (1 - recall) / Pairs)) + 0.001);
    }

    [Fact]
    public void Another_seed_gives_other_functions() => Assert.NotEqual(Sign(new MinHash(16, 1), [5]), Sign(new MinHash(16, 2), [5]));

    [Theory]
    [InlineData(14, 8, 0.5, 0.053)]
    [InlineData(14, 8, 0.8, 0.924)]
    [InlineData(20, 13, 0.7, 0.177)]
    [InlineData(9, 13, 0.8, 0.399)]
    [InlineData(5, 25, 0.95, 0.803)]
    public void Recall_is_that_of_the_published_tables(int bands, int rows, double similarity, double recall) => Assert.Equal(recall, new Bands(bands, rows).Recall(similarity), 3);

    [Fact]
    public void Bands_have_the_most_rows_that_find_enough()
    {
        Assert.Equal(new Bands(18, 6), Bands.For(112, 0.8, 0.99));
        Assert.True(new Bands(112 / 7, 7).Recall(0.8) < 0.99);
        Assert.Equal(new Bands(1, 64), Bands.For(64, 1, 0.99));
        Assert.Equal(
            "4 hash functions find pairs of similarity 0.3 with a probability of 0.76 at most, and 0.9 was asked for; take more functions, or a lower recall.",
            Assert.Throws<CurationException>(static () => Bands.For(4, 0.3, 0.9)).Message);
    }

    [Fact]
    public void A_band_shares_its_key_only_with_the_same_numbers_in_their_order()
    {
        var bands = new Bands(2, 2);
        Span<ulong> a = stackalloc ulong[2], b = stackalloc ulong[2];
        bands.Keys([1, 2, 3, 4], a);
        bands.Keys([1, 2, 4, 3], b);
        Assert.Equal(a[0], b[0]);
        Assert.NotEqual(a[1], b[1]);
    }

    private static uint[] Sign(MinHash minHash, ulong[] shingles)
    {
        var signature = new uint[minHash.BufferLength];

        // A shingle's hash is mixed already where it comes from.
        minHash.Sign([.. shingles.Select(Words.Mix)], signature);
        return signature[..minHash.Functions];
    }
}
