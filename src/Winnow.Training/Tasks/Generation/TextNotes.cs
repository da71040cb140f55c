using System.Globalization;
using Winnow.Data.Texts;

namespace Winnow.Training.Tasks.Generation;

/// <summary>What should be known of texts before anything is trained on them: how many tokens they are, and what was cut.</summary>
internal static class TextNotes
{
    public static IEnumerable<string> Of(GenerationRecipe recipe, BytePairTokenizer tokenizer, TokenSamples train, TokenSamples test)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{train.Predicted:N0} tokens are predicted in {train.Count:N0} training samples, and {test.Predicted:N0} in {test.Count:N0} test samples, by a vocabulary of {tokenizer.Size:N0}.");
        if (recipe.InitialWeights is null && tokenizer.Size < recipe.NewVocabulary)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"The training texts hold too few pairs that come twice for more than {tokenizer.Size:N0} tokens.");
        }

        foreach (var (part, samples) in new[] { ("training", train), ("test", test) })
        {
            var (split, texts, prompts, answers) = samples.Overlong;
            string[] done =
            [
                .. split > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{split:N0} plain texts were split")] : Array.Empty<string>(),
                .. texts > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{texts:N0} plain texts lost their end")] : Array.Empty<string>(),
                .. prompts > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{prompts:N0} prompts lost their beginning")] : Array.Empty<string>(),
                .. answers > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{answers:N0} answers lost their end")] : Array.Empty<string>(),
            ];
            if (done.Length > 0)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"Of the {part} texts, what is longer than the context of {recipe.Context} tokens: {string.Join(", ", done)}.");
            }
        }
    }
}
