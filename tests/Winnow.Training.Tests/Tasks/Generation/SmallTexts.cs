using Winnow.Data.Texts;
using Winnow.Numerics;
using Winnow.Training.Tasks.Generation;

namespace Winnow.Training.Tests.Tasks.Generation;

/// <summary>Small texts and a recipe that train in a second.</summary>
internal static class SmallTexts
{
    private static readonly string[] s_words = ["the cat", "a dog", "some bird", "my fish", "the horse"], s_verbs = ["eats", "sees", "likes", "hears"], s_ends = ["bread.", "a red ball.", "the sea, and then some more of it.", "you."];

    /// <summary>A decoder of one layer.</summary>
    public static GenerationRecipe Recipe { get; } = new() { Epochs = 3, BatchSize = 16, Width = 16, Depth = 1, Heads = 2, KeyValueHeads = 1, Context = 32, Vocabulary = 300, LearningRate = 3e-3 };

    /// <summary>Prompts whose answers follow from them, of different lengths.</summary>
    public static TextData Pairs(int train = 96, int test = 24) => new("pairs", Make(train, 1, pairs: true), Make(test, 2, pairs: true));

    /// <summary>Plain texts, some longer than the recipe's context.</summary>
    public static TextData Plain(int train = 96, int test = 24) => new("plain", Make(train, 1, pairs: false), Make(test, 2, pairs: false));

    private static TextSample[] Make(int count, ulong seed, bool pairs)
    {
        var rng = Rng.Derive(seed, 0, "test").Sequence();
        var samples = new TextSample[count];
        for (var k = 0; k < count; k++)
        {
            var (word, verb, end) = (s_words[rng.Next((uint)s_words.Length)], s_verbs[rng.Next((uint)s_verbs.Length)], s_ends[rng.Next((uint)s_ends.Length)]);
            var text = string.Concat(Enumerable.Repeat($"{word} {verb} {end} ", 1 + (k % 7)));
            samples[k] = pairs ? new($"What does {word} do?", $"It {verb} {s_ends[Array.IndexOf(s_words, word) % 4]}") : new(null, text);
        }

        return samples;
    }
}
