using Winnow.Curation.Duplicates;

namespace Winnow.Curation.Tests.Duplicates;

public sealed class SketchesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void A_pair_at_the_threshold_is_ruled_out_less_than_once_in_a_billion(double threshold)
    {
        // The binomial's lower tail, added up term by term.
        double Tail(int fewer)
        {
            var (p, term, sum) = ((1 + threshold) / 2, 0.0, 0.0);
            for (var k = 0; k < fewer; k++)
            {
                term = k == 0 ? 1024 * Math.Log(1 - p) : term + Math.Log((1024.0 - k + 1) / k) + Math.Log(p / (1 - p));
                sum += Math.Exp(term);
            }

            return sum;
        }

        var fewest = new Sketches(1, threshold).FewestAgreeing;
        Assert.InRange(Tail(fewest), 0, 1e-9);
        Assert.True(Tail(fewest + 10) > 1e-9);
    }

    [Fact]
    public void The_same_shingles_agree_in_every_bit_and_equal_sets_alone_are_alike_at_one()
    {
        var sketches = new Sketches(1, 1);
        Assert.Equal(1024, sketches.FewestAgreeing);
        Assert.False(sketches.AreUnlike(sketches.Of([5, 6, 7]), sketches.Of([7, 6, 5, 5])));
        Assert.True(sketches.AreUnlike(sketches.Of([Words.Mix(5)]), sketches.Of([Words.Mix(6)])));
    }

    [Fact]
    public void Bits_agree_as_often_as_the_similarity_says()
    {
        // 60 pairs of 300 shingles, 240 in common: the mean share of bits that agree is within four standard errors of (1 + s) / 2.
        const int Size = 300, Shared = 240, Pairs = 60;
        var sketches = new Sketches(1, 0.8);
        var random = new Random(4);
        var agreeing = 0.0;
        for (var pair = 0; pair < Pairs; pair++)
        {
            ulong[] pool = [.. Enumerable.Range(0, (2 * Size) - Shared).Select(_ => (ulong)random.NextInt64() << 1)];
            var (a, b) = (sketches.Of(pool.AsSpan(..Size)), sketches.Of(pool.AsSpan((Size - Shared)..)));
            agreeing += 1 - (a.Zip(b, static (x, y) => System.Numerics.BitOperations.PopCount(x ^ y)).Sum() / 1024.0);
        }

        var expected = (1 + ((double)Shared / ((2 * Size) - Shared))) / 2;
        var error = 4 * Math.Sqrt(expected * (1 - expected) / (1024 * Pairs));
        Assert.InRange(agreeing / Pairs, expected - error, expected + error);
    }

    [Fact]
    public void Pages_of_one_template_are_told_apart_without_their_texts()
    {
        // 100 words of the template and 35 of each page: many share a band, none is a duplicate at 0.8.
        var template = string.Join(' ', Enumerable.Range(0, 100).Select(static i => $"t{i}"));
        string[] texts = [.. Enumerable.Range(0, 800).Select(page => $"{template} {string.Join(' ', Enumerable.Range(0, 35).Select(i => $"p{(page * 35) + i}"))}")];
        var result = Deduplication.Run([Corpora.Write(_folder["in.jsonl"], texts)], _folder["out"], new() { Threads = 2 })!;
        Assert.Equal(800, result.Kept);
        Assert.True(result.Candidates > 400);
        Assert.InRange(result.PairsVerified, 0, result.Candidates);
    }
}
