namespace Winnow.Curation.Signals;

/// <summary>
/// Computes quality signals of texts, one text after another, each in one pass over its words. Buffers grow to the longest text so far (about 13 bytes for each of
/// its bytes) and are used again, so that texts of usual length allocate nothing. Not for several threads at once: each makes its own.
/// </summary>
public sealed class SignalEvaluator
{
    private readonly Signal[] _signals;
    private readonly SignalStages _stages;
    private readonly double[] _values = new double[(int)SignalId.Count];
    private readonly ScalarText _text = new();
    private readonly Tokens _tokens = new();
    private readonly Repetition _repetition = new();
    private readonly FineWeb _fineWeb = new();
    private readonly C4Signals _c4 = new();
    private readonly RedPajamaWords _words;

    /// <summary>An evaluator of some signals.</summary>
    /// <param name="signals">Which, in the order of the values; <see cref="SignalCatalog.Resolve"/> finds them by name.</param>
    /// <param name="phrases">What <c>rps_doc_ldnoobw_words</c> counts: words and runs of words as they are after normalisation, in lower case; needed for it alone.</param>
    /// <exception cref="CurationException">That signal is asked for without a list.</exception>
    public SignalEvaluator(IEnumerable<Signal> signals, IEnumerable<string>? phrases = null)
    {
        _signals = [.. signals];
        foreach (var signal in _signals)
        {
            _stages |= signal.Stages;
            if (signal.Id == SignalId.RpsLdnoobwWords && phrases is null)
            {
                throw new CurationException($"{signal.Name} counts the words of a list, and none was given; give the list or leave the signal out.");
            }
        }

        _words = new(phrases is null ? null : new PhraseList(phrases));
    }

    /// <summary>The signals, in the order of the values.</summary>
    public IReadOnlyList<Signal> Signals => _signals;

    /// <summary>Computes the signals of a text.</summary>
    /// <param name="text">UTF-8; each maximal ill-formed part of it counts as one U+FFFD. May be empty.</param>
    /// <param name="values">Takes one value for each signal.</param>
    public void Compute(ReadOnlySpan<byte> text, Span<double> values)
    {
        if (values.Length < _signals.Length)
        {
            throw new ArgumentException($"Room for {values.Length} values is too little for {_signals.Length} signals; give a span at least as long as the signals.", nameof(values));
        }

        // A filter of other columns alone asks for none.
        if (_signals.Length == 0)
        {
            return;
        }

        _text.Read(text);
        var scalars = _text.Scalars;
        _values[(int)SignalId.ByteCount] = text.Length;
        _values[(int)SignalId.CharCount] = scalars.Length;
        if (Needs(SignalStages.Tokens))
        {
            _tokens.Split(scalars, Needs(SignalStages.TopNGrams | SignalStages.DuplicateNGrams));
            TokenMeasures.Measure(scalars, _tokens, _values);
        }

        if (Needs(SignalStages.TopNGrams | SignalStages.DuplicateNGrams))
        {
            _repetition.MeasureNGrams(scalars.Length, _tokens, Needs(SignalStages.TopNGrams), Needs(SignalStages.DuplicateNGrams), _values);
        }

        if (Needs(SignalStages.Lines))
        {
            TokenMeasures.MeasureLines(scalars, _values);
        }

        if (Needs(SignalStages.Duplicates))
        {
            _repetition.MeasureDuplicates(scalars, _values);
        }

        if (Needs(SignalStages.FineWeb))
        {
            _fineWeb.Measure(scalars, _tokens.Count, _values);
        }

        if (Needs(SignalStages.C4))
        {
            _c4.Measure(text, scalars, _values);
        }

        if (Needs(SignalStages.NormalizedWords))
        {
            _words.Measure(scalars, Needs(SignalStages.NormalizedTop), Needs(SignalStages.NormalizedDuplicates), _values);
        }

        if (Needs(SignalStages.RawWords))
        {
            RedPajamaRaw.MeasureWords(scalars, _words.Words.Count, _values);
        }

        if (Needs(SignalStages.RawText))
        {
            RedPajamaRaw.MeasureText(scalars, _values);
        }

        // The lines' words take the place of the text's.
        if (Needs(SignalStages.RawLines))
        {
            RedPajamaRaw.MeasureLines(scalars, _words.Words, _values);
        }

        for (var i = 0; i < _signals.Length; i++)
        {
            values[i] = _values[(int)_signals[i].Id];
        }
    }

    private bool Needs(SignalStages stages) => (_stages & stages) != SignalStages.None;
}
