using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Winnow.Curation.Tests.Signals;

/// <summary>Texts that tests are run over: the odd cases by hand, and random ones put together from pieces that matter.</summary>
internal static class Texts
{
    private static readonly string[] s_pieces =
    [
        "the", "of", "and", "that", "word", "Word", "HELLO", "don't", "it’s", "3.14", "1,000", "x1", "_", "__a", "javascript", "lorem", "ipsum", "cookie", "naïve", "e\u0301", "É",
        "世", "界", "こんにちは", "カタカナ", "한국어", "हिन्दी", "ΣΑΣ", "İstanbul", "👩\u200D👩", "😀😀", "#", "...", "…", ".", "!", "?", ",", "'", "\"", "”", "-", "•", "{", "}", "[1]", "[edit]",
        " ", " ", " ", " ", "\n", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2028", "\u0085", "。", "！", "½", "Ⅻ", "\u0000", "\ufffd",
    ];

    public static IReadOnlyList<string> ByHand { get; } =
    [
        "", " ", "\n", "\n\n\n", "a", "The cat sat on the mat. The cat sat on the mat.", "a b a b a b a b a b a b a b a b a b a b a b a b",
        "\nline\nline\n\nline\nother\n", "para one\n\npara one\n\n\npara two", "• one\n- two\n three…\nfour...\n", "世界世界。你好！", "e\u0301te\u0301 naïve İstanbul ΣΑΣ",
        "👩\u200D👩\u200D👧 😀😀 ok", "....... # ## … ...", "\r\n\r\n", "...", "one two three four five one two three four five six seven eight nine ten one two three four five six seven eight nine ten",
    ];

    public static Gen<string> Random { get; } = Gen.Elements(s_pieces).ArrayOf().Select(static p => string.Concat(p));

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Runs a check over the texts by hand and 400 random ones.</summary>
    public static void Check(Action<string> check)
    {
        foreach (var text in ByHand)
        {
            check(text);
        }

        Prop.ForAll(Arb.From(Random), check).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(120));
    }
}
