using Winnow.Data.Texts;
using Winnow.Training.Models.Llama;

namespace Winnow.Training.Tasks.Generation;

/// <summary>
/// Texts as samples of tokens, at most one more than the context: all but the last are what the network sees, all but the first what it may have to predict. A plain text is the begin token, the text
/// and the end token, all predicted but the first; a prompt with its answer is the begin token, the prompt, the token or tokens of a line's end, the answer and the end token, the answer's and the last predicted.
/// </summary>
internal sealed class TokenSamples
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _starts = [0];

    // The place in a sample of the first token that is predicted, at least 1.
    private readonly List<int> _answers = [];
    private readonly List<bool> _prompted = [];

    private TokenSamples()
    {
    }

    /// <summary>How many.</summary>
    public int Count => _answers.Count;

    /// <summary>How many tokens are predicted in all samples.</summary>
    public long Predicted => Enumerable.Range(0, Count).Sum(id => (long)Size(id));

    /// <summary>Plain texts that became several samples; plain texts whose end, prompts whose beginning and answers whose end was left out.</summary>
    public (int Split, int CutTexts, int CutPrompts, int CutAnswers) Overlong { get; private set; }

    /// <summary>How many tokens of a sample are predicted, at least 1.</summary>
    public int Size(int id) => Length(id) - _answers[id];

    /// <summary>The place in a sample of the first token that is predicted.</summary>
    public int Answer(int id) => _answers[id];

    /// <summary>Whether a sample is an answer to a prompt.</summary>
    public bool IsPrompted(int id) => _prompted[id];

    /// <summary>All tokens of a sample.</summary>
    public ReadOnlySpan<int> this[int id] => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens).Slice(_starts[id], Length(id));

    /// <summary>How many tokens a sample has, at least 2.</summary>
    public int Length(int id) => _starts[id + 1] - _starts[id];

    /// <summary>Makes samples of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="tokenizer">Makes tokens of them.</param>
    /// <param name="config">Knows the tokens that begin and end a text.</param>
    /// <param name="recipe">Context, and what is done with what is longer.</param>
    /// <param name="name">What the data is called.</param>
    /// <exception cref="RecipeException">A text is longer than the context and that is refused, or a prompt with its answer is to be split.</exception>
    public static TokenSamples Of(IReadOnlyList<TextSample> texts, BytePairTokenizer tokenizer, LlamaConfig config, GenerationRecipe recipe, string name)
    {
        var samples = new TokenSamples();
        var lineEnd = tokenizer.Encode("\n");
        for (var k = 0; k < texts.Count; k++)
        {
            var (prompt, text) = texts[k];
            int[] answer = [.. tokenizer.Encode(text), config.EndToken];
            int[] before = prompt is null ? [config.BeginToken] : [config.BeginToken, .. tokenizer.Encode(prompt), .. lineEnd];
            if (before.Length + answer.Length > recipe.Context + 1 && recipe.Overlong == GenerationRecipe.Refuse)
            {
                throw RecipeException.Of(nameof(recipe.Context), FormattableString.Invariant(
                    $"{recipe.Context} is less than the {before.Length + answer.Length - 1} tokens of text {k + 1} of {name}; take more, or let such texts be split or truncated."));
            }

            if (prompt is not null)
            {
                samples.AddPair(before, answer, recipe, k, name);
            }
            else
            {
                samples.AddText([.. before, .. answer], recipe);
            }
        }

        return samples;
    }

    /// <summary>Some of the samples.</summary>
    public TokenSamples Select(IEnumerable<int> ids)
    {
        var some = new TokenSamples { Overlong = Overlong };
        foreach (var id in ids)
        {
            some.Add(this[id], _answers[id], _prompted[id]);
        }

        return some;
    }

    private void AddText(ReadOnlySpan<int> tokens, GenerationRecipe recipe)
    {
        var most = recipe.Context + 1;
        if (tokens.Length <= most || recipe.Overlong == GenerationRecipe.Truncate)
        {
            Overlong = tokens.Length <= most ? Overlong : Overlong with { CutTexts = Overlong.CutTexts + 1 };
            Add(tokens[..Math.Min(tokens.Length, most)], 1, prompted: false);
            return;
        }

        Overlong = Overlong with { Split = Overlong.Split + 1 };

        // The last token that one sample predicts is the first that the next one sees: each is predicted once.
        for (var start = 0; start + 1 < tokens.Length; start += recipe.Context)
        {
            Add(tokens.Slice(start, Math.Min(most, tokens.Length - start)), 1, prompted: false);
        }
    }

    /// <summary>Where both together are too long, each keeps half of the room or what the other leaves: of the prompt its end, of the answer its beginning.</summary>
    private void AddPair(int[] before, int[] answer, GenerationRecipe recipe, int number, string name)
    {
        var most = recipe.Context + 1;
        if (before.Length + answer.Length > most)
        {
            if (recipe.Overlong == GenerationRecipe.Split)
            {
                throw RecipeException.Of(nameof(recipe.Overlong), FormattableString.Invariant(
                    $"{GenerationRecipe.Split} can't be done with text {number + 1} of {name}, a prompt with its answer of {before.Length + answer.Length - 1} tokens; take {GenerationRecipe.Truncate}, or a larger context."));
            }

            var half = most / 2;
            var kept = answer.Length <= half ? answer.Length : before.Length <= most - half ? most - before.Length : half;
            var room = most - kept;
            var (split, texts, prompts, answers) = Overlong;
            Overlong = (split, texts, prompts + (before.Length > room ? 1 : 0), answers + (kept < answer.Length ? 1 : 0));
            before = before.Length > room ? [before[0], .. before[^(room - 1)..]] : before;
            answer = answer[..kept];
        }

        Add([.. before, .. answer], before.Length, prompted: true);
    }

    private void Add(ReadOnlySpan<int> tokens, int answer, bool prompted)
    {
        foreach (var token in tokens)
        {
            _tokens.Add(token);
        }

        _starts.Add(_tokens.Count);
        _answers.Add(answer);
        _prompted.Add(prompted);
    }
}
