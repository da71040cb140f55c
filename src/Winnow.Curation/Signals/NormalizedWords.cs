namespace Winnow.Curation.Signals;

/// <summary>A text as RedPajama normalises it: without the 32 punctuation characters of ASCII, in lower case, parted at white space, in Unicode's normalisation form D.</summary>
internal sealed class NormalizedWords
{
    private readonly SpanTable _distinct = new();
    private int[] _plain = [], _lower = [], _scalars = [], _starts = [], _ids = [], _lengthsBefore = [];

    /// <summary>How many words there are.</summary>
    public int Count { get; private set; }

    /// <summary>The different words, with how often each occurs.</summary>
    public SpanTable Distinct => _distinct;

    /// <summary>Equal numbers for equal words.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>The number of scalar values of all words before each, and of all at the end.</summary>
    public ReadOnlySpan<int> LengthsBefore => _lengthsBefore.AsSpan(0, Count + 1);

    /// <summary>The words and single spaces between them, in scalar values.</summary>
    public int ContentLength => Count == 0 ? 0 : _lengthsBefore[Count] + Count - 1;

    /// <summary>A word.</summary>
    public ReadOnlySpan<int> Word(int i) => _scalars.AsSpan(_starts[i], _lengthsBefore[i + 1] - _lengthsBefore[i]);

    /// <summary>Splits a text.</summary>
    public void Read(ReadOnlySpan<int> text)
    {
        var table = ScalarTable.Instance;
        Buffers.Grow(ref _plain, text.Length);
        var n = 0;
        foreach (var c in text)
        {
            if ((table.KindsOf(c) & ScalarKinds.AsciiPunctuation) == ScalarKinds.None)
            {
                _plain[n++] = c;
            }
        }

        Buffers.Grow(ref _lower, 2 * n);
        n = LowerCase.Write(_plain.AsSpan(0, n), _lower);
        n = CanonicalDecomposition.Write(_lower.AsSpan(0, n), ref _scalars);
        Split(_scalars.AsSpan(0, n), table);
        _distinct.Begin(Count);
        Buffers.Grow(ref _ids, Count);
        for (var w = 0; w < Count; w++)
        {
            _ids[w] = _distinct.Add(_scalars, _starts[w], _lengthsBefore[w + 1] - _lengthsBefore[w]);
        }
    }

    private void Split(ReadOnlySpan<int> scalars, ScalarTable table)
    {
        Count = 0;
        Buffers.Grow(ref _lengthsBefore, 1);
        _lengthsBefore[0] = 0;
        for (var i = 0; i < scalars.Length;)
        {
            if ((table.KindsOf(scalars[i]) & ScalarKinds.Space) != ScalarKinds.None)
            {
                i++;
                continue;
            }

            var start = i;
            while (i < scalars.Length && (table.KindsOf(scalars[i]) & ScalarKinds.Space) == ScalarKinds.None)
            {
                i++;
            }

            if (Count + 2 > _lengthsBefore.Length || Count == _starts.Length)
            {
                Buffers.Grow(ref _starts, 2 * (Count + 1));
                Buffers.Grow(ref _lengthsBefore, (2 * (Count + 1)) + 1);
            }

            _starts[Count] = start;
            _lengthsBefore[Count + 1] = _lengthsBefore[Count] + i - start;
            Count++;
        }
    }
}
