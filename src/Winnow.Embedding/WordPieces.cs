using System.Globalization;
using System.Text;
using FastBertTokenizer;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>The tokens of texts by a WordPiece vocabulary. One thread at a time.</summary>
internal sealed class WordPieces
{
    private const string Begin = "[CLS]", End = "[SEP]", Pad = "[PAD]", Unknown = "[UNK]";

    private readonly BertTokenizer _tokenizer = new();
    private readonly bool _lowercase;
    private readonly StringBuilder _text = new();

    private WordPieces(string vocabulary, bool lowercase)
    {
        _lowercase = lowercase;
        using var reader = new StringReader(vocabulary);
        _tokenizer.LoadVocabulary(reader, lowercase, Unknown, Begin, End, Pad);
    }

    /// <summary>The token that fills batches up.</summary>
    public long Padding { get; private init; }

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="name">The file, for messages.</param>
    /// <param name="file">Its bytes: a token a line, in UTF-8.</param>
    /// <param name="lowercase">Whether texts are made small and lose their accents.</param>
    public static WordPieces Read(string name, byte[] file, bool lowercase)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(file);
        }
        catch (DecoderFallbackException error)
        {
            throw new DataException($"{name}: isn't UTF-8; a vocabulary is a text file, a token a line.", error);
        }

        var tokens = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        foreach (var needed in (ReadOnlySpan<string>)[Pad, Unknown, Begin, End])
        {
            if (!tokens.Contains(needed))
            {
                throw new DataException($"{name}: lacks {needed}; a vocabulary of WordPiece tokens has {Pad}, {Unknown}, {Begin} and {End}, a token a line.");
            }
        }

        if (tokens.GroupBy(static token => token).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new DataException($"{name}: has {twice.Key} in two lines; a token has one number. Take the vocabulary that the model was trained with.");
        }

        return new(string.Join('\n', tokens), lowercase) { Padding = Array.IndexOf(tokens, Pad) };
    }

    /// <summary>The tokens of a text, [CLS] first and [SEP] last.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">How many there are at most.</param>
    public long[] Encode(string text, int most)
    {
        var (ids, _, _) = _tokenizer.Encode(Plain(text), most);
        return ids.ToArray();
    }

    // What the tokenizer would do itself where the runtime has tables of Unicode, done the same everywhere.
    private string Plain(string text)
    {
        _text.Clear();
        foreach (var letter in text.EnumerateRunes())
        {
            if (_lowercase && !letter.IsAscii)
            {
                Accents.Append(_text, Rune.ToLower(letter, CultureInfo.InvariantCulture));
            }
            else
            {
                _text.Append(letter.ToString());
            }
        }

        return _text.ToString();
    }
}
