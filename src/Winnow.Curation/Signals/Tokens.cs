namespace Winnow.Curation.Signals;

/// <summary>
/// A text as words and symbols. A word is a run of letters, numbers, marks and low lines with at least one letter or number; an apostrophe between letters and a
/// point or comma between numbers belong to it; a Han, Hiragana or Katakana letter is a word by itself. A symbol is a run of one and the same other character,
/// such as an ellipsis of three points. Marks and format characters belong to what stands before them.
/// </summary>
internal sealed class Tokens
{
    private readonly ScalarTable _table = ScalarTable.Instance;
    private readonly SpanTable _distinct = new();
    private int[] _starts = [], _ends = [], _ids = [], _lengthsBefore = [];
    private Form[] _forms = [];

    /// <summary>What a token is.</summary>
    [Flags]
    internal enum Form : byte
    {
        /// <summary>A symbol.</summary>
        Symbol = 0,

        /// <summary>A word.</summary>
        Word = 1,

        /// <summary>It has a letter.</summary>
        Alphabetic = 2,
    }

    /// <summary>How many tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>Equal numbers for equal tokens.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>What each token is.</summary>
    public ReadOnlySpan<Form> Forms => _forms.AsSpan(0, Count);

    /// <summary>The number of scalar values of all tokens before each, and of all at the end.</summary>
    public ReadOnlySpan<int> LengthsBefore => _lengthsBefore.AsSpan(0, Count + 1);

    /// <summary>Where a token begins.</summary>
    public int StartOf(int token) => _starts[token];

    /// <summary>How many scalar values a token has.</summary>
    public int LengthOf(int token) => _ends[token] - _starts[token];

    /// <summary>Splits a text.</summary>
    /// <param name="scalars">Its scalar values.</param>
    /// <param name="numbered">Whether equal tokens are to be found.</param>
    public void Split(ReadOnlySpan<int> scalars, bool numbered)
    {
        Count = 0;
        for (var i = 0; i < scalars.Length;)
        {
            var kinds = _table.KindsOf(scalars[i]);
            if ((kinds & ScalarKinds.Space) != ScalarKinds.None)
            {
                i++;
                continue;
            }

            var start = i;
            Form form;
            if ((kinds & ScalarKinds.Alone) != ScalarKinds.None)
            {
                form = Form.Word | ((kinds & ScalarKinds.Letter) != ScalarKinds.None ? Form.Alphabetic : Form.Symbol);
                i = Extended(scalars, i + 1);
            }
            else if ((kinds & ScalarKinds.PatternWord) != ScalarKinds.None)
            {
                i = EndOfWord(scalars, i, out form);
            }
            else
            {
                form = Form.Symbol;
                do
                {
                    i = Extended(scalars, i + 1);
                }
                while (i < scalars.Length && scalars[i] == scalars[start]);
            }

            Add(start, i, form);
        }

        Finish();
        if (numbered)
        {
            Number(scalars);
        }
    }

    private int Extended(ReadOnlySpan<int> scalars, int i)
    {
        while (i < scalars.Length && (_table.KindsOf(scalars[i]) & ScalarKinds.Extend) != ScalarKinds.None)
        {
            i++;
        }

        return i;
    }

    private int EndOfWord(ReadOnlySpan<int> scalars, int i, out Form form)
    {
        var seen = ScalarKinds.None;
        var last = ScalarKinds.None;
        for (; i < scalars.Length; i++)
        {
            var c = scalars[i];
            var kinds = _table.KindsOf(c);
            if ((kinds & ScalarKinds.Extend) != ScalarKinds.None)
            {
                continue;
            }

            if ((kinds & ScalarKinds.PatternWord) != ScalarKinds.None && (kinds & ScalarKinds.Alone) == ScalarKinds.None)
            {
                seen |= kinds;
                last = kinds;
                continue;
            }

            var joins = c is '\'' or 0x2019 ? ScalarKinds.Letter : c is '.' or ',' ? ScalarKinds.Number : ScalarKinds.None;
            var next = i + 1 < scalars.Length ? _table.KindsOf(scalars[i + 1]) : ScalarKinds.None;
            if ((joins & last & next) == ScalarKinds.None || (next & ScalarKinds.Alone) != ScalarKinds.None)
            {
                break;
            }
        }

        form = (seen & (ScalarKinds.Letter | ScalarKinds.Number)) == ScalarKinds.None ? Form.Symbol
            : (seen & ScalarKinds.Letter) != ScalarKinds.None ? Form.Word | Form.Alphabetic : Form.Word;
        return i;
    }

    private void Add(int start, int end, Form form)
    {
        if (Count == _starts.Length)
        {
            var room = Buffers.Room((2 * Count) + 1);
            Array.Resize(ref _starts, room);
            Array.Resize(ref _ends, room);
            Array.Resize(ref _forms, room);
        }

        _starts[Count] = start;
        _ends[Count] = end;
        _forms[Count++] = form;
    }

    private void Finish()
    {
        Buffers.Grow(ref _lengthsBefore, Count + 1);
        var sum = 0;
        for (var t = 0; t < Count; t++)
        {
            _lengthsBefore[t] = sum;
            sum += _ends[t] - _starts[t];
        }

        _lengthsBefore[Count] = sum;
    }

    private void Number(ReadOnlySpan<int> scalars)
    {
        Buffers.Grow(ref _ids, Count);
        _distinct.Begin(Count);
        for (var t = 0; t < Count; t++)
        {
            _ids[t] = _distinct.Add(scalars, _starts[t], _ends[t] - _starts[t]);
        }
    }
}
