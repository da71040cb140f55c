using AngleSharp.Html.Parser;
using Winnow.Data;
using Winnow.Records.Labels;
using Winnow.Report.Inspection;

namespace Winnow.Report.Tests;

/// <summary>The page of labels that may be wrong.</summary>
public sealed class LabelsPageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-labels-").FullName;

    private static readonly SampleSet s_set = SampleSet.FromBytes("tiny <set>", [1, 2, 2], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, new[] { 0, 1, 1 }, 2, ["a&b", "c"]);

    private static readonly DoubtfulLabel[] s_labels = [new(0, 10, 0, 1, 0.125f, 2), new(1, 11, 1, 1, 0.9f, null), new(2, 12, 1, 0, 0.001f, 1)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_most_doubtful_come_first_with_their_pictures()
    {
        var page = new HtmlParser().ParseDocument(LabelsPage.Html(s_set, s_labels, "labels:filter=both", 60));
        var items = page.QuerySelectorAll("ol.samples li").ToArray();
        Assert.Equal(2, items.Length);
        Assert.Equal($"data:image/png;base64,{Convert.ToBase64String(s_set.Picture(2))}", items[0].QuerySelector("img")!.GetAttribute("src"));
        Assert.Contains("taken for a&b", items[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("no. 12", items[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("2 of 3 labels may be wrong", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("tiny <set>", page.Title!, StringComparison.Ordinal);
        Assert.Empty(page.Scripts);
        Assert.Single(new HtmlParser().ParseDocument(LabelsPage.Html(s_set, s_labels, "labels", 1)).QuerySelectorAll("ol.samples li"));
    }

    [Fact]
    public void It_replaces_its_own_kind_and_no_other_file()
    {
        var path = Path.Combine(_folder, "labels.html");
        LabelsPage.Write(path, s_set, s_labels, "labels", 5);
        LabelsPage.Write(path, s_set, s_labels, "labels", 5);
        File.WriteAllText(path, "mine");
        Assert.Throws<ReportException>(() => LabelsPage.Write(path, s_set, s_labels, "labels", 5));
        Assert.Equal("mine", File.ReadAllText(path));
    }
}
