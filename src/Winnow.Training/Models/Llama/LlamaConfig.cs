namespace Winnow.Training.Models.Llama;

/// <summary>
/// The shape of a decoder of Llama's kind (Touvron et al., LLaMA: Open and Efficient Foundation Language Models, 2023, section 2.2; grouped queries from Ainslie et al., GQA, EMNLP 2023), as a
/// <c>config.json</c> of Hugging Face's says it.
/// </summary>
public sealed record LlamaConfig
{
    /// <summary>Tokens that there are.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Numbers a token between layers.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Neurons of a layer's feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads that ask, a multiple of <see cref="KeyValueHeads"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads that are asked: each serves as many of the others as there are times as many.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Numbers a head has, even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The longest text that it is made for, in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>What is added to the mean square before its root is taken.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>The base of the rotations' wave lengths.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Whether the table that turns tokens into numbers also turns numbers into tokens.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>The token that a text begins with.</summary>
    public required int BeginToken { get; init; }

    /// <summary>The token that a text ends with.</summary>
    public required int EndToken { get; init; }

    /// <summary>The feed-forward width that is usual for a width: two and two thirds of it (section 2.2), as a multiple of 32.</summary>
    public static int UsualIntermediate(int hiddenSize) => ((hiddenSize * 8 / 3) + 31) / 32 * 32;
}
