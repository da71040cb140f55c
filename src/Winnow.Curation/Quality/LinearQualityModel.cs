using Winnow.Curation.Resampling;
using Winnow.Data.Formats;
using Winnow.Numerics;

namespace Winnow.Curation.Quality;

/// <summary>
/// A logistic regression on hashed words and pairs that tells good texts from the rest, after the classifiers of GPT-3 (Brown et al. 2020, appendix A) and DCLM (Li et al. 2024, arXiv:2406.11794, 4.4),
/// which are linear models of that kind. The log-odds of a text with n words and pairs are bias + (sum of the weights of their buckets) / sqrt(n). Training runs over the texts one by one in a
/// seeded order: the same texts in the same order give the same bits.
/// </summary>
public sealed class LinearQualityModel
{
    /// <summary>The number of buckets to read texts with where nothing speaks for another: 2^20.</summary>
    public const int DefaultBuckets = 1 << 20;

    private readonly float[] _weights;

    private LinearQualityModel(float[] weights, double bias) => (_weights, Bias) = (weights, bias);

    /// <summary>A weight for each bucket.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>The log-odds of a text without words.</summary>
    public double Bias { get; }

    /// <summary>How many buckets texts must be read with.</summary>
    public int Buckets => _weights.Length;

    /// <summary>Trains a model.</summary>
    /// <param name="good">The buckets of each good text, copied from <see cref="NGramBuckets.Read"/>.</param>
    /// <param name="rest">The buckets of each other text.</param>
    /// <param name="buckets">How many buckets there are.</param>
    /// <param name="options">How it is trained; null takes the defaults.</param>
    /// <exception cref="CurationException">One of the two has no texts, or an option is out of its range.</exception>
    public static LinearQualityModel Train(IReadOnlyList<int[]> good, IReadOnlyList<int[]> rest, int buckets, LinearQualityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(good);
        ArgumentNullException.ThrowIfNull(rest);
        options ??= new();
        Check(good.Count, rest.Count, options);
        var texts = good.Count + rest.Count;
        double goodScale = options.Balanced ? texts / (2.0 * good.Count) : 1, restScale = options.Balanced ? texts / (2.0 * rest.Count) : 1;
        var weights = new float[buckets];
        double bias = 0, steps = (double)options.Epochs * texts, step = 0;
        int[] order = [.. Enumerable.Range(0, texts)];
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            Shuffle(order, Rng.Derive(options.Seed, epoch, "linear quality model"));
            foreach (var t in order)
            {
                var isGood = t < good.Count;
                ReadOnlySpan<int> text = isGood ? good[t] : rest[t - good.Count];
                var scale = Scale(text.Length);
                var error = (isGood ? 1 : 0) - Exponential.Logistic(LogOdds(weights, bias, text));
                var change = options.LearningRate * (1 - (step++ / steps)) * error * (isGood ? goodScale : restScale);
                bias += change;
                foreach (var bucket in text)
                {
                    weights[bucket] += (float)(change * scale);
                }
            }
        }

        return new(weights, bias);
    }

    /// <summary>The log-odds of a text being good: 0 is even, and more is better.</summary>
    /// <param name="buckets">The text's buckets, from a reader with <see cref="Buckets"/> of them.</param>
    public double LogOdds(ReadOnlySpan<int> buckets) => LogOdds(_weights, Bias, buckets);

    /// <summary>The probability of a text being good, in (0, 1), where good texts and the rest are as many as the training weighed them.</summary>
    /// <param name="buckets">The text's buckets, from a reader with <see cref="Buckets"/> of them.</param>
    public double Probability(ReadOnlySpan<int> buckets) => Exponential.Logistic(LogOdds(buckets));

    /// <summary>Reads a model that was saved.</summary>
    /// <param name="path">An npz file.</param>
    /// <exception cref="CurationException">It is no such model.</exception>
    public static LinearQualityModel Load(string path)
    {
        var content = Npz.Read(path);
        return content.Find("weights") is { Type: NpyType.Float32, Length: > 0 } weights && content.Find("bias") is { Type: NpyType.Float64, Length: 1 } bias
            ? new(weights.AsSpan<float>().ToArray(), bias.AsSpan<double>()[0])
            : throw new CurationException($"{path} is no linear quality model: it lacks weights (float32) or bias (one float64); train one and save it.");
    }

    /// <summary>Saves the model as npz: <c>weights</c> (float32, one a bucket) and <c>bias</c> (float64).</summary>
    /// <param name="path">The file; replaced where there is one.</param>
    public void Save(string path) => Npz.Write(path, new NpzContent().With("weights", NpyArray.Create<float>(_weights)).With("bias", NpyArray.Create<double>([Bias])));

    private static double LogOdds(float[] weights, double bias, ReadOnlySpan<int> buckets)
    {
        double sum = 0;
        foreach (var bucket in buckets)
        {
            sum += weights[bucket];
        }

        return bias + (sum * Scale(buckets.Length));
    }

    private static double Scale(int length) => length == 0 ? 0 : 1 / Math.Sqrt(length);

    private static void Shuffle(int[] order, Rng rng)
    {
        for (var i = order.Length - 1; i > 0; i--)
        {
            // 64 random bits times the number of places: the bias is below 2^-32.
            var bits = ((ulong)rng.UInt32At(2 * (ulong)i) << 32) | rng.UInt32At((2 * (ulong)i) + 1);
            var other = (int)Math.BigMul(bits, (ulong)i + 1, out _);
            (order[i], order[other]) = (order[other], order[i]);
        }
    }

    private static void Check(int good, int rest, LinearQualityOptions options)
    {
        if (good == 0 || rest == 0)
        {
            throw new CurationException($"{good} good texts and {rest} others can't be told apart; give some of each.");
        }

        if (options.Epochs < 1 || !(options.LearningRate > 0 && double.IsFinite(options.LearningRate)))
        {
            throw new CurationException(FormattableString.Invariant($"{options.Epochs} epochs with a learning rate of {options.LearningRate} train nothing; give at least 1 and a number above 0."));
        }
    }
}
