using Winnow.Numerics;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class MemorizationTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(200)]
    public void Is_the_difference_of_two_shares_counted_one_by_one(int models)
    {
        const int samples = 40, judged = 13;
        var (trained, right) = (Random(models, samples, 0.7, 1), Random(models, samples, 0.6, 2));
        var test = Random(models, judged, 0.5, 3);
        var result = new float[samples];
        Memorization.Estimate(Bits(trained), Bits(right), result, threads: 2);
        for (var i = 0; i < samples; i++)
        {
            Assert.Equal(Reference(trained, i, right, i), result[i], 1e-6);
        }

        var influence = new float[judged];
        Memorization.Influence(Bits(trained), 5, Bits(test), influence);
        for (var j = 0; j < judged; j++)
        {
            Assert.Equal(Reference(trained, 5, test, j), influence[j], 1e-6);
        }
    }

    [Fact]
    public void Is_1_for_what_is_right_only_where_it_was_trained_on()
    {
        var trained = Bits([[true, false], [false, true], [true, false]]);
        var result = new float[2];
        Memorization.Estimate(trained, trained, result);
        Assert.Equal([1f, 1f], result);
    }

    [Fact]
    public void Refuses_what_no_estimate_can_be_made_of()
    {
        var result = new float[2];
        var all = Assert.Throws<ArgumentException>(() => Memorization.Estimate(Bits([[true, true], [true, false]]), Bits([[true, true], [true, false]]), result));
        Assert.Contains("sample 0 was in the training set of all of the 2 models", all.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Memorization.Estimate(new BitMatrix(2, 2), new BitMatrix(3, 2), result));
        Assert.Throws<ArgumentException>(() => Memorization.Influence(Bits([[true, false], [false, true]]), 0, new BitMatrix(2, 3), result));
        var wrong = Assert.Throws<ArgumentException>(static () => new BitMatrix(2, 3).SetModel(1, [0, 1, 2]));
        Assert.Contains("model 1 and sample 2 is 2; it is 0 or 1", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new BitMatrix(2, 3)[2, 0]);
    }

    private static double Reference(bool[][] trained, int i, bool[][] right, int j)
    {
        var with = Enumerable.Range(0, trained.Length).Where(m => trained[m][i]).ToArray();
        var without = Enumerable.Range(0, trained.Length).Except(with).ToArray();
        return with.Average(m => right[m][j] ? 1.0 : 0) - without.Average(m => right[m][j] ? 1.0 : 0);
    }

    private static bool[][] Random(int models, int samples, double share, ulong seed)
    {
        var draws = Rng.Derive(seed, 0, "models").Sequence();
        // The first model sees all and the second none, so that no sample is without models of both kinds.
        return [.. Enumerable.Range(0, models).Select(m => Enumerable.Range(0, samples).Select(_ => m == 0 || (m != 1 && draws.NextDouble() < share)).ToArray())];
    }

    private static BitMatrix Bits(bool[][] rows)
    {
        var bits = new BitMatrix(rows.Length, rows[0].Length);
        for (var m = 0; m < rows.Length; m++)
        {
            bits.SetModel(m, Array.ConvertAll(rows[m], static yes => (byte)(yes ? 1 : 0)));
        }

        return bits;
    }
}
