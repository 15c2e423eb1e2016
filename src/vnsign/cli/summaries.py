"""One line on each command, in Vietnamese and in English: what ``vnsign --help`` and completion show."""

from __future__ import annotations

SUMMARIES = {
    "verify": ("Kiểm tra chữ ký số: ai ký, có hợp lệ không, vì sao, cần làm gì.", "Verify signatures."),
    "show": ("Xem bản đã ký và những gì thay đổi sau khi ký.", "Show what was signed."),
    "sign": ("Ký số tệp PDF, XML hoặc tệp bất kỳ.", "Sign files."),
    "prepare": ("Chuẩn bị tệp để ký bằng khóa ở nơi khác.", "Prepare files for a key elsewhere."),
    "finish": ("Gắn giá trị chữ ký vào tệp đã chuẩn bị.", "Put signature values into prepared files."),
    "augment": ("Nâng mức chữ ký số: T, LT, LTA.", "Raise signatures to T, LT, LTA."),
    "timestamp": ("Gắn dấu thời gian cho tệp.", "Time-stamp a file."),
    "inspect": ("Liệt kê chữ ký, chứng thư số, dấu thời gian trong tệp.", "List what a file contains."),
    "lint": ("Rà soát tệp PDF trước khi ký.", "Look PDF files over before they are signed."),
    "bundle": ("Đóng gói tài liệu cùng báo cáo và bằng chứng để lưu.", "Keep a document with its evidence."),
    "trust": ("Quản lý dữ liệu tin cậy (chứng thư số gốc) của máy.", "Manage the trust data of this machine."),
    "policy": ("Xem các chính sách kiểm tra.", "Show the validation policies."),
    "explain": ("Giải thích một mã trong báo cáo và việc cần làm.", "Explain a code."),
    "compliance": ("Mức đáp ứng từng yêu cầu của pháp luật.", "How far the law's requirements are met."),
    "doctor": ("Kiểm tra máy có đủ điều kiện chưa và cần làm gì.", "Examine this machine."),
    "completion": ("In tập lệnh gợi ý cho cửa sổ lệnh.", "Print the shell completion script."),
    "demo": ("Chạy thử với chứng thư số thử nghiệm.", "Try it with test certificates."),
}
"""Vietnamese first, then English, by name of the command."""
