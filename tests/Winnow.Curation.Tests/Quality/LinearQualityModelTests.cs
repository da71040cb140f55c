using System.Text;
using Winnow.Curation.Quality;
using Winnow.Curation.Resampling;
using Winnow.Numerics;

namespace Winnow.Curation.Tests.Quality;

public class LinearQualityModelTests
{
    private const int Buckets = 1 << 14;
    private static readonly string[] s_good = ["theorem", "proof", "lemma", "therefore", "follows"], s_rest = ["buy", "cheap", "click", "now", "offer"], s_both = ["the", "a", "of", "is", "and", "to"];

    [Fact]
    public void Texts_of_two_kinds_are_told_apart()
    {
        var model = LinearQualityModel.Train(Made(s_good, 60, 1), Made(s_rest, 200, 2), Buckets);
        Assert.All(Made(s_good, 50, 3), t => Assert.True(model.Probability(t) > 0.5));
        Assert.All(Made(s_rest, 50, 4), t => Assert.True(model.LogOdds(t) < 0));
    }

    [Fact]
    public void One_text_of_each_kind_by_hand()
    {
        // One epoch of two steps of lengths 1 and 1/2: the first text in the order sees log-odds 0.
        var options = new LinearQualityOptions { Epochs = 1, LearningRate = 1, Seed = 9 };
        var model = LinearQualityModel.Train([[0, 1, 1, 2]], [[2]], 3, options);
        float[][] either = [.. new[] { true, false }.Select(ByHand)];
        Assert.Contains(model.Weights.ToArray(), either);

        static float[] ByHand(bool goodFirst)
        {
            if (goodFirst)
            {
                // w = (.25, .5, .25), bias .5; then log-odds .75 of the other.
                var change = -0.5 / (1 + Math.Exp(-0.75));
                return [0.25f, 0.5f, 0.25f + (float)change];
            }

            // w2 = -.5, bias -.5; then log-odds -.5 + -.5 / 2 of the good one.
            var second = 0.5 * (1 - (1 / (1 + Math.Exp(0.75)))) / 2;
            return [(float)second, (float)second + (float)second, -0.5f + (float)second];
        }
    }

    [Fact]
    public void The_same_texts_give_the_same_bits_and_another_seed_others()
    {
        var first = Train(1);
        Assert.Equal(first.Weights.ToArray(), Train(1).Weights.ToArray());
        Assert.NotEqual(first.Weights.ToArray(), Train(2).Weights.ToArray());

        static LinearQualityModel Train(ulong seed) => LinearQualityModel.Train(Made(s_good, 20, 1), Made(s_rest, 20, 2), Buckets, new LinearQualityOptions { Seed = seed });
    }

    [Fact]
    public void A_model_is_read_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.npz");
        var model = LinearQualityModel.Train(Made(s_good, 20, 1), Made(s_rest, 20, 2), Buckets);
        model.Save(path);
        var again = LinearQualityModel.Load(path);
        Assert.Equal(model.Weights.ToArray(), again.Weights.ToArray());
        Assert.Equal(model.Bias, again.Bias);
        new ImportanceModel(new([1L]), new([1L])).Save(path);
        Assert.Throws<CurationException>(() => LinearQualityModel.Load(path));
    }

    [Fact]
    public void Empty_texts_have_the_bias_and_empty_sets_are_refused()
    {
        var model = LinearQualityModel.Train([[0], []], [[1]], 2);
        Assert.Equal(model.Bias, model.LogOdds([]));
        Assert.Throws<CurationException>(static () => LinearQualityModel.Train([], [[1]], 2));
        Assert.Throws<CurationException>(static () => LinearQualityModel.Train([[0]], [[1]], 2, new LinearQualityOptions { LearningRate = 0 }));
    }

    [Fact]
    public void Exponentials_are_those_of_the_system_nearly_to_the_last_place()
    {
        for (var x = -700.0; x <= 700; x += 0.37)
        {
            Assert.InRange(Exponential.Of(x) / Math.Exp(x), 1 - 1e-15, 1 + 1e-15);
        }

        Assert.Equal(1, Exponential.Of(0));
        Assert.Equal(0, Exponential.Logistic(-1000));
        Assert.Equal(1, Exponential.Logistic(1000));
        Assert.Equal(0.5, Exponential.Logistic(0));
    }

    private static int[][] Made(string[] own, int count, int seed)
    {
        var rng = Rng.Derive((ulong)seed, 0, "test");
        var buckets = new NGramBuckets(Buckets);
        return [.. Enumerable.Range(0, count).Select(t =>
        {
            var text = new StringBuilder();
            for (var w = 0; w < 40; w++)
            {
                var random = rng.UInt32At((ulong)((t * 40) + w));
                var words = random % 5 == 0 ? own : s_both;
                text.Append(words[(int)(random / 5 % (uint)words.Length)]).Append(' ');
            }

            return buckets.Read(Encoding.UTF8.GetBytes(text.ToString())).ToArray();
        })];
    }
}
